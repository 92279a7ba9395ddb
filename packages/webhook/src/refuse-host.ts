// The check at registration: what the URL says, and what its name resolves to now. It spares the client a surprise
// and guards nothing: names change, so every post judges again what it connects to.

import { isIP } from 'node:net';
import { PostError } from './post-error.ts';
import { hostOf, refuseUrl, type AddressPolicy } from './refuse-url.ts';
import { openHostResolver, resolveHost, type HostResolver } from './resolve-host.ts';

/**
 * Why nothing would be posted to this URL now, in words for the client. A name that does not resolve is refused.
 * Takes as long as the DNS: about 6 s at worst.
 */
export async function refuseHost(
  url: string,
  policy: AddressPolicy,
  { resolver = openHostResolver() }: { resolver?: HostResolver } = {},
): Promise<string | undefined> {
  const refusal = refuseUrl(url, policy);
  if (refusal !== undefined) return refusal;
  const host = hostOf(new URL(url));
  if (isIP(host) !== 0) return undefined;
  try {
    await resolveHost(host, { resolver, policy });
    return undefined;
  } catch (error) {
    if (error instanceof PostError) return error.message;
    throw error;
  }
}
