// The audit log: one line for everything that an operator does, written before it is done, so that nothing happens
// without one. It names keys by their ids and shows nothing of what a request holds. A warning, so that it is there at
// the level that `slotline up` and most operators log at: nobody looks for what was switched off.

import type { Request } from 'express';
import type { ApiContext } from '../../api-context.ts';
import { principalOf } from '../../access/principal.ts';
import { clientIpOf } from '../../http/client-ip.ts';
import { traceIdOf } from '../../http/trace-id.ts';

export interface AdminAction {
  readonly action:
    | 'pause-org'
    | 'resume-org'
    | 'set-weight'
    | 'read-payloads'
    | 'retry-quarantined'
    | 'create-key'
    | 'revoke-key';
  /** `null`: of no one org. */
  readonly orgId: string | null;
  /** What else says what is done; parsed and no secret. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export function noteAction(
  { logger }: Pick<ApiContext, 'logger'>,
  req: Request<unknown>,
  { action, orgId, facts }: AdminAction,
): void {
  const principal = principalOf(req);
  const who = principal.kind === 'anyone' ? 'anyone' : principal.keyId;
  logger.warn({ who, ip: clientIpOf(req), action, orgId, ...facts, traceId: traceIdOf(req) }, 'admin action');
}
