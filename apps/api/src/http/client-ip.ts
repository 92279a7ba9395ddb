// The address of who asks, for the log: that of the connection, or what the proxies say that `TRUST_PROXY` believes.

import { isIP } from 'node:net';
import type { Request } from 'express';

/** `undefined` for what is no address: with more hops than there are proxies the header's text is the client's own. */
export function clientIpOf({ ip = '' }: Pick<Request<unknown>, 'ip'>): string | undefined {
  return isIP(ip) === 0 ? undefined : ip;
}
