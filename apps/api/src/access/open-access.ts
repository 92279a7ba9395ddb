// Opens the authentication mode that `AUTH` selects.

import type { Logger } from '@slotline/runtime';
import type { Access } from './access.ts';
import type { AuthConfig } from './auth-config.ts';
import { openKeyAccess, openKeysDatabase } from './open-key-access.ts';
import { openJwtAccess } from './open-jwt-access.ts';
import { ANYONE } from './principal.ts';

export interface AccessSettings {
  readonly auth: AuthConfig;
  /** The primary: it holds the keys. */
  readonly databaseUrl: string;
}

/**
 * Does not fail when PostgreSQL or the token issuer is unreachable: credentials get the 503 problem until it
 * is back.
 */
export async function openAccess(
  { auth, databaseUrl }: AccessSettings,
  { logger }: { logger: Logger },
): Promise<Access> {
  switch (auth.kind) {
    case 'none':
      return OPEN_TO_ANYONE;
    case 'keys':
      return openKeyAccess({ db: openKeysDatabase(databaseUrl), staleMaxMs: auth.staleMaxMs, logger });
    case 'jwt':
      return openJwtAccess(auth, { logger });
  }
}

const OPEN_TO_ANYONE: Access = {
  authenticate: () => ANYONE,
  watch: () => () => undefined,
  close: async () => undefined,
};
