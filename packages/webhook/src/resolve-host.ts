// Names into addresses, asked of the DNS directly. Not `dns.lookup`: that runs on the few threads of libuv which
// files and TLS share, and a hostile name server that answers slowly would hold them all (promises (f) 7).

import { Resolver } from 'node:dns/promises';
import { isPublicAddress } from './address.ts';
import { ADDRESSES_MAX, DNS_TRIES_MAX, DNS_TRY_MS } from './limits.ts';
import { codeOf, PostError } from './post-error.ts';
import type { AddressPolicy } from './refuse-url.ts';

/** The part of Node's `dns.promises.Resolver` that is used. */
export interface HostResolver {
  resolve4(name: string): Promise<readonly string[]>;
  resolve6(name: string): Promise<readonly string[]>;
  /** Cancels the queries in flight. */
  cancel?(): void;
}

/**
 * Queries the name servers of the machine, or those given as `address[:port]`, over non-blocking sockets.
 * `/etc/hosts` does not count.
 */
export function openHostResolver({ servers }: { servers?: readonly string[] } = {}): HostResolver {
  const resolver = new Resolver({ timeout: DNS_TRY_MS, tries: DNS_TRIES_MAX });
  if (servers !== undefined) resolver.setServers(servers);
  return resolver;
}

/**
 * Every address of a name as of now, IPv4 first. Throws a `PostError`: `dns` when there is none, `refused-address`
 * when the policy wants public ones and any of them is not; a name with one foot inside is not posted to at all.
 */
export async function resolveHost(
  name: string,
  { resolver, policy, signal }: { resolver: HostResolver; policy: AddressPolicy; signal?: AbortSignal },
): Promise<readonly string[]> {
  const asking = isLoopbackName(name) ? ['127.0.0.1', '::1'] : askFamilies(name, resolver);
  const addresses = await untilAborted(asking, signal);
  if (policy.allowPrivate) return addresses;
  if (addresses.length > ADDRESSES_MAX)
    throw new PostError('refused-address', 'the name has too many addresses');
  if (!addresses.every(isPublicAddress)) {
    throw new PostError('refused-address', 'the name has an address that is not public');
  }
  return addresses;
}

// RFC 6761: these names are loopback, whatever a name server says.
function isLoopbackName(name: string): boolean {
  return /(?:^|\.)localhost\.?$/.test(name);
}

async function askFamilies(name: string, resolver: HostResolver): Promise<string[]> {
  // One family may fail: a name without IPv6 is no error, and what is not answered is not connected to either.
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return addresses;
  const code = four.status === 'rejected' ? codeOf(four.reason) : '';
  throw new PostError('dns', code === '' ? 'the name has no address' : `the name has no address (${code})`);
}

// A single query cannot be cancelled, so it is left to end on its own deadline.
async function untilAborted<T>(asking: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return asking;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([asking, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
