// The client's IP address for the log: that of the connection, or the one reported by the proxies that
// `TRUST_PROXY` trusts.

import { isIP } from 'node:net';
import type { Request } from 'express';

/**
 * `undefined` for text that is not an IP address: if TRUST_PROXY counts too many hops, the client controls
 * the header.
 */
export function clientIpOf({ ip = '' }: Pick<Request<unknown>, 'ip'>): string | undefined {
  return isIP(ip) === 0 ? undefined : ip;
}
