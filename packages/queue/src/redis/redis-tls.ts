// TLS options for every Redis client in this project, and the message when TLS fails.

import { types } from 'node:util';
import type { QueueTarget } from './queue-target.ts';

export interface RedisTls {
  readonly tls?: { readonly rejectUnauthorized: true; readonly ca?: string };
}

/**
 * Options for ioredis. A `rediss://` server must present a certificate that the CA signed for the URL's host.
 * This is explicit, so that no environment variable of Node disables it. No options for `redis://`.
 */
export function redisTls({ redisUrl, redisCa }: Pick<QueueTarget, 'redisUrl' | 'redisCa'>): RedisTls {
  if (new URL(redisUrl).protocol !== 'rediss:') return {};
  return { tls: { rejectUnauthorized: true, ...(redisCa === undefined ? {} : { ca: redisCa }) } };
}

/** Node's and OpenSSL's codes for an untrusted certificate or a server without TLS. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS_CERT_ALTNAME|ERR_SSL|^EPROTO$/;

/** A clause for the error message when TLS is the reason of the failure, else `undefined`. */
export function tlsFaultOf(cause: unknown): string | undefined {
  if (!types.isNativeError(cause) || !('code' in cause) || typeof cause.code !== 'string') return undefined;
  if (!UNTRUSTED.test(cause.code)) return undefined;
  return `its TLS cannot be trusted (${cause.code}); is it the right server, and the right CA file?`;
}
