// The issuer's public keys for verifying tokens. Fetched in the background, so a short outage of the issuer
// has no effect; a response that is slow, too large or not a key set counts as an outage.

import type { Logger } from '@slotline/runtime';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { repeat } from './repeat.ts';

/** How often the keys are fetched: a key that its issuer withdrew is rejected after this time. */
const JWKS_FETCH_MS = 300_000;
/** How long keys stay trusted when they cannot be fetched again. */
const JWKS_STALE_MAX_MS = 900_000;
/** After a fetch, a token with an unknown key id triggers no further fetch for this time. */
const JWKS_UNKNOWN_KEY_PAUSE_MS = 10_000;
/** After a failed fetch there is no further fetch for this time. */
const JWKS_FAILURE_PAUSE_MS = 1_000;
/** Every request must be answered within two seconds. */
const JWKS_FETCH_MAX_MS = 1_500;
const JWKS_BYTES_MAX = 262_144;

/** The keys cannot be fetched now, so tokens cannot be judged. */
export class JwksAwayError extends Error {
  override readonly name = 'JwksAwayError';
}

export interface Jwks {
  /**
   * Rejects with a {@link JwksAwayError}, or with an error of jose's when the token names a key that is not
   * in the set.
   */
  readonly getKey: JWTVerifyGetKey;
  close(): Promise<void>;
}

export interface JwksOptions {
  readonly url: string;
  readonly logger: Logger;
  readonly fetchEveryMs?: number | undefined;
  readonly unknownKeyPauseMs?: number | undefined;
}

/** Fetches the keys immediately; if the issuer is unreachable, fetches them again later. */
export async function openJwks({ url, logger, ...times }: JwksOptions): Promise<Jwks> {
  const jwks = createRemoteJWKSet(new URL(url), {
    timeoutDuration: JWKS_FETCH_MAX_MS,
    cooldownDuration: times.unknownKeyPauseMs ?? JWKS_UNKNOWN_KEY_PAUSE_MS,
    cacheMaxAge: JWKS_STALE_MAX_MS,
    [customFetch]: pausing(fetchWhole),
  });
  const onFailing = (cause: unknown) =>
    logger.warn({ err: cause }, 'tokens: the JWKS cannot be fetched; known keys stay in use for now');
  await jwks.reload().catch(onFailing);
  const fetching = repeat({
    everyMs: times.fetchEveryMs ?? JWKS_FETCH_MS,
    work: () => jwks.reload(),
    onFailing,
    onWorking: () => logger.info('tokens: the JWKS can be fetched again'),
  });
  return {
    getKey: async (header, token) => {
      try {
        return await jwks(header, token);
      } catch (cause) {
        throw isAway(cause) ? new JwksAwayError('the JWKS cannot be had', { cause }) : cause;
      }
    },
    close: () => fetching.close(),
  };
}

function isAway(cause: unknown): boolean {
  return (
    cause instanceof JwksAwayError ||
    cause instanceof errors.JWKSTimeout ||
    cause instanceof errors.JWKSInvalid
  );
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Without it every token would trigger its own fetch while the issuer is unreachable. */
function pausing(fetch: Fetch): Fetch {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (url, init) => {
    if (performance.now() - failedAt < JWKS_FAILURE_PAUSE_MS) throw new JwksAwayError('it failed just now');
    try {
      return await fetch(url, init);
    } catch (cause) {
      failedAt = performance.now();
      throw new JwksAwayError('the fetch of the JWKS failed', { cause });
    }
  };
}

// Reads the whole response here, where its size is limited, and checks that it is JSON.
async function fetchWhole(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > JWKS_BYTES_MAX) throw new Error(`it is larger than ${JWKS_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Response.json(JSON.parse(Buffer.concat(chunks).toString()));
}
