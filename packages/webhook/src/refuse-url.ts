// Checks whether a URL may be posted to, from the URL alone. Judged as parsed by the WHATWG parser, which is how it
// is dialled: 0x7f.1, 2130706433 and 127.0.0.1 are one host. What a name resolves to is judged at the connection.

import { isIP } from 'node:net';
import { isPublicAddress } from './address.ts';
import { URL_CHARS_MAX } from './limits.ts';

export interface AddressPolicy {
  /** Loopback and private addresses, plain http and any port: for tests and laptops. Production refuses the setting. */
  readonly allowPrivate: boolean;
  /** The ports that may be posted to; not looked at with `allowPrivate`. */
  readonly ports: readonly number[];
}

/**
 * Ends of names that are no public host: kept for private use (RFC 6762, RFC 8375, ICANN's .internal), or not in
 * the DNS at all (RFC 2606, 6761, 7686, 9476).
 */
const NAMES_NOT_PUBLIC = /(?:^|\.)(?:localhost|local|internal|home\.arpa|test|invalid|example|onion|alt)$/;

/** Why this URL is not posted to, in words for the client; `undefined` when nothing in it speaks against it. */
export function refuseUrl(url: string, { allowPrivate, ports }: AddressPolicy): string | undefined {
  if (url.length > URL_CHARS_MAX) return `a URL has at most ${URL_CHARS_MAX} characters`;
  const parsed = URL.parse(url);
  if (parsed === null) return 'this is not a URL';
  const { protocol, port, username, password } = parsed;
  if (protocol !== 'https:' && !(allowPrivate && protocol === 'http:')) return 'the URL must use https';
  if (username !== '' || password !== '') return 'a URL must not contain credentials';
  // An empty fragment leaves `hash` empty, but is one all the same.
  if (parsed.href.includes('#')) return 'a URL must not have a fragment';
  if (allowPrivate) return undefined;
  if (!ports.includes(port === '' ? 443 : Number(port)))
    return `the port of the URL must be one of: ${ports.join(', ')}`;
  return refuseHostname(hostOf(parsed));
}

/** The name or the bare address of a URL: without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function refuseHostname(host: string): string | undefined {
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'the address is not public';
  if (host.endsWith('.')) return 'a host name must not end with a dot';
  if (!host.includes('.')) return 'a host name needs a domain';
  return NAMES_NOT_PUBLIC.test(host) ? 'the host name is not public' : undefined;
}
