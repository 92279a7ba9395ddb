// AUTH=jwt: tokens of one issuer. A token cannot be revoked here; it is valid until it expires.

import type { Logger } from '@slotline/runtime';
import type { Access } from './access.ts';
import type { JwtConfig } from './auth-config.ts';
import { createAuthenticateByJwt } from './authenticate-by-jwt.ts';
import { openJwks } from './jwks.ts';

export interface JwtAccessOptions {
  readonly logger: Logger;
  /** Times that a test shortens. */
  readonly times?: { readonly fetchEveryMs?: number; readonly unknownKeyPauseMs?: number };
  readonly now?: () => number;
}

/** The longest timer that Node supports. Connections end after 24 days and must be opened again. */
const TIMER_MAX_MS = 2_147_483_647;

/** The issuer may be unreachable: tokens get the 503 problem until it is back. */
export async function openJwtAccess(config: JwtConfig, options: JwtAccessOptions): Promise<Access> {
  const { logger, times, now = Date.now } = options;
  const jwks = await openJwks({ url: config.jwksUrl, logger, ...times });
  const { authenticate, endOf } = createAuthenticateByJwt({ config, jwks, now, logger });
  return {
    authenticate,
    watch(principal, onEnd) {
      if (principal.kind === 'anyone') return () => undefined;
      const restMs = Math.max(0, endOf(principal) - now());
      const timer = setTimeout(onEnd, Math.min(restMs, TIMER_MAX_MS)).unref();
      return () => clearTimeout(timer);
    },
    close: () => jwks.close(),
  };
}
