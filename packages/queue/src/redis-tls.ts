// What a TLS connection to Redis insists on, for every client of Redis in this project, and what is said when it cannot
// be had.

import { types } from 'node:util';
import type { QueueTarget } from './queue-target.ts';

export interface RedisTls {
  readonly tls?: { readonly rejectUnauthorized: true; readonly ca?: string };
}

/**
 * Options for ioredis. A `rediss://` server has to show a certificate that the CA signed for the host of the URL; this
 * is said aloud, so that no variable of Node's environment turns it off. Nothing for a `redis://` one.
 */
export function redisTls({ redisUrl, redisCa }: Pick<QueueTarget, 'redisUrl' | 'redisCa'>): RedisTls {
  if (new URL(redisUrl).protocol !== 'rediss:') return {};
  return { tls: { rejectUnauthorized: true, ...(redisCa === undefined ? {} : { ca: redisCa }) } };
}

/** Node's and OpenSSL's codes for a certificate that does not prove who the server is, or for no TLS at all. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS_CERT_ALTNAME|ERR_SSL|^EPROTO$/;

/** A half sentence when TLS is why the server could not be reached, else `undefined`. */
export function tlsFaultOf(cause: unknown): string | undefined {
  if (!types.isNativeError(cause) || !('code' in cause) || typeof cause.code !== 'string') return undefined;
  if (!UNTRUSTED.test(cause.code)) return undefined;
  return `its TLS cannot be trusted (${cause.code}); is it the right server, and the right CA file?`;
}
