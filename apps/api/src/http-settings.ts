// Parses the settings that say how far browsers and proxies are trusted. `config.ts` maps them to variables.

import { isIP } from 'node:net';
import { z } from 'zod';

/** More proxies than real deployments chain; a larger number is a mistake that would trust clients. */
const HOPS_MAX = 10;
/** Express's names for ranges of addresses. */
const RANGES = new Set(['loopback', 'linklocal', 'uniquelocal']);

const ORIGIN_ERROR =
  'must be origins such as https://app.example.com, with commas between and nothing after host and port';

/** Comma-separated exact origins, as browsers write them. `*` and `null` are refused. */
export const originList = z.string().transform((text, context) => {
  const origins = text.split(',').map((origin) => origin.trim());
  if (origins.every(isOrigin)) return origins;
  context.addIssue({ code: 'custom', message: ORIGIN_ERROR });
  return z.NEVER;
});

// A `*` in a host would be matched literally, and no browser sends such an origin.
function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const PROXY_ERROR =
  `must be none, the number of proxies before the API (1 to ${HOPS_MAX}), or their addresses, networks ` +
  'such as 10.0.0.0/8, loopback, linklocal or uniquelocal, with commas between';

/**
 * Which proxies' `X-Forwarded-*` headers are believed, in Express's form: none, a number of hops, or
 * addresses.
 */
export const trustedProxies = z.string().transform((text, context): number | string[] | false => {
  if (text === 'none') return false;
  const hops = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (hops >= 1 && hops <= HOPS_MAX) return hops;
  const addresses = text.split(',').map((address) => address.trim());
  if (addresses.every((address) => RANGES.has(address) || isNetwork(address))) return addresses;
  context.addIssue({ code: 'custom', message: PROXY_ERROR });
  return z.NEVER;
});

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  // A prefix of 0 would trust every address as a proxy.
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && +prefix >= 1 && +prefix <= bits);
  return isIP(address) !== 0 && isPrefix && rest.length === 0;
}
