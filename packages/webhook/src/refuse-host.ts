// The check at registration: what the URL says, and what its name resolves to now. It spares the client a surprise
// and guards nothing: names change, so every post judges again what it connects to. Refusals by what the DNS says all
// read the same and come at the same time, or registering would be a way to list internal names.

import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { LOOK_UP_MS } from './limits.ts';
import { PostError } from './post-error.ts';
import { hostOf, refuseUrl, type AddressPolicy } from './refuse-url.ts';
import { openHostResolver, resolveHost, type HostResolver } from './resolve-host.ts';

export interface HostRefusal {
  /** In words for the client. */
  readonly detail: string;
  /** The true reason, for the service's operator. */
  readonly cause: string;
}

const DETAIL = 'the name of the host must lead to public addresses, and to no others';

/**
 * Why nothing would be posted to this URL now; `undefined` when nothing speaks against it. A name that does not
 * resolve within {@link LOOK_UP_MS} is refused, and every refusal of a name takes that long.
 */
export async function refuseHost(
  url: string,
  policy: AddressPolicy,
  { resolver = openHostResolver() }: { resolver?: HostResolver } = {},
): Promise<HostRefusal | undefined> {
  const refusal = refuseUrl(url, policy);
  if (refusal !== undefined) return { detail: refusal, cause: refusal };
  const host = hostOf(new URL(url));
  if (isIP(host) !== 0) return undefined;
  const endsAt = performance.now() + LOOK_UP_MS;
  const signal = AbortSignal.timeout(LOOK_UP_MS);
  try {
    await resolveHost(host, { resolver, policy, signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof PostError) && !signal.aborted) throw error;
    await delay(Math.max(0, endsAt - performance.now()));
    return { detail: DETAIL, cause: error instanceof PostError ? error.message : 'not looked up in time' };
  }
}
