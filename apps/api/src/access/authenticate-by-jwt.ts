// Judges tokens (RFC 7519) by the rules of RFC 8725: one issuer, one audience, asymmetric signatures only, a
// required expiry and, if configured, a type and a maximum age (RFC 9068). Every rejected token gets the same
// 401, so the response does not reveal which rule it breaks.

import { createHash } from 'node:crypto';
import type { Logger } from '@slotline/runtime';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { unavailable } from '../http/answer-error.ts';
import type { Authenticate } from './access.ts';
import type { JwtConfig } from './auth-config.ts';
import { readBearer } from './bearer.ts';
import { JwksAwayError, type Jwks } from './jwks.ts';
import { RecentMap } from './recent-map.ts';
import type { Principal } from './principal.ts';
import { readClaims } from './read-claims.ts';
import { unauthenticated } from './refusals.ts';

/** No shared-secret algorithm and not `none`: a public key must never be usable for signing. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const TOKEN_LENGTH_MAX = 8_192;
/** Allowed clock difference between the issuer and this process. */
const CLOCK_TOLERANCE_S = 30;
/** Tokens with a verified signature, so that it is not verified on every request. */
const TOKENS_KNOWN_MAX = 10_000;
/** The signature is verified again after this time: its key may have been withdrawn. */
const TOKEN_TRUSTED_MS = 60_000;

export interface AuthenticateByJwtOptions {
  readonly config: Omit<JwtConfig, 'jwksUrl'>;
  readonly jwks: Pick<Jwks, 'getKey'>;
  readonly now: () => number;
  readonly logger: Logger;
}

export interface AuthenticateByJwt {
  readonly authenticate: Authenticate;
  /** When the principal's token ends, in milliseconds since 1970. */
  endOf(principal: Principal): number;
}

interface Verified {
  readonly principal: Exclude<Principal, { kind: 'anyone' }>;
  readonly endsAt: number;
  readonly trustedUntil: number;
}

export function createAuthenticateByJwt(options: AuthenticateByJwtOptions): AuthenticateByJwt {
  const { now } = options;
  const known = new RecentMap<string, Verified>(TOKENS_KNOWN_MAX);
  const ends = new WeakMap<Principal, number>();

  const judgeAnew = async (token: string, digest: string): Promise<Principal> => {
    const verified = await verify(token, options);
    known.set(digest, verified);
    ends.set(verified.principal, verified.endsAt);
    return verified.principal;
  };

  return {
    endOf: (principal) => ends.get(principal) ?? 0,
    authenticate(authorization) {
      const token = readBearer(authorization);
      if (token === undefined || token.length > TOKEN_LENGTH_MAX) throw unauthenticated();
      const digest = createHash('sha256').update(token).digest('base64');
      const verified = known.get(digest);
      const at = now();
      if (verified === undefined || at >= verified.trustedUntil) return judgeAnew(token, digest);
      if (at >= verified.endsAt) throw unauthenticated();
      return verified.principal;
    },
  };
}

async function verify(token: string, options: AuthenticateByJwtOptions): Promise<Verified> {
  const at = options.now();
  const payload = await verifiedPayload(token, options, at);
  const claims = readClaims(payload, options.config);
  if (claims.kind === 'refused') throw unauthenticated(claims.reason);
  return {
    principal: claims.principal,
    endsAt: endOf(payload, options.config),
    trustedUntil: at + TOKEN_TRUSTED_MS,
  };
}

function endOf({ exp = 0, iat = 0 }: JWTPayload, { maxAgeS }: Pick<JwtConfig, 'maxAgeS'>): number {
  const endS = maxAgeS === undefined ? exp : Math.min(exp, iat + maxAgeS);
  return (endS + CLOCK_TOLERANCE_S) * 1_000;
}

async function verifiedPayload(
  token: string,
  { config, jwks, logger }: AuthenticateByJwtOptions,
  at: number,
): Promise<JWTPayload> {
  const { issuer, audience, typ, maxAgeS } = config;
  try {
    const { payload } = await jwtVerify(token, jwks.getKey, {
      ...{ algorithms: ALGORITHMS, issuer, audience },
      ...{ requiredClaims: ['exp'], clockTolerance: CLOCK_TOLERANCE_S, currentDate: new Date(at) },
      ...(typ === undefined ? {} : { typ }),
      ...(maxAgeS === undefined ? {} : { maxTokenAge: maxAgeS }),
    });
    return payload;
  } catch (cause) {
    if (cause instanceof JwksAwayError) throw unavailable(cause);
    if (!(cause instanceof errors.JOSEError)) {
      logger.warn({ err: cause }, 'tokens: a key of the JWKS cannot be used');
    }
    throw unauthenticated(reasonOf(cause));
  }
}

// Only the code and claim name of jose's errors are logged: their messages may quote the token.
function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof errors.JOSEError)) return undefined;
  const isOfClaim = cause instanceof errors.JWTClaimValidationFailed || cause instanceof errors.JWTExpired;
  return `the token is not valid: ${cause.code}${isOfClaim ? ` (${cause.claim})` : ''}`;
}
