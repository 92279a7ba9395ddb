// Maps a request to the organisation that it counts for in all shared limits.

import type { Principal } from '../access/principal.ts';

/** Requests without an organisation's credential: all of them with `AUTH=none`, and operators'. No org has this id. */
export const ANY_ORG = '';

/** Requests without a valid credential, and health checks. No organisation has this id. */
export const STRANGERS = '\u0000';

export function orgOf(principal: Principal): string {
  return principal.kind === 'org' ? principal.orgId : ANY_ORG;
}
