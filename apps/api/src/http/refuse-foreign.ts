/**
 * Refuses requests by their origin, before any other part of the app runs.
 *
 * With AUTH=none every client that reaches the port has full access, so only programs on this machine may
 * reach it:
 * - The host must be a loopback name, which no other site's DNS entry can be (DNS rebinding); otherwise 421.
 * - No header may show that a proxy forwarded the request: a proxy would expose the service; otherwise 421.
 * Pages of other origins may not modify resources, and on the operators' port they may not read; otherwise
 * 403. A page's origin is in `Origin` or `Sec-Fetch-Site`, which scripts cannot set. With keys and tokens the
 * public port does not compare `Origin` with its host: a proxy may have rewritten the host, and a page of
 * another origin has no credential that its browser would add.
 */

import type { IncomingMessage } from 'node:http';
import { ProblemError } from './problem-error.ts';

export interface TrustRule {
  /** Whether `AUTH=none` applies. */
  readonly isOpen: boolean;
  /** Whether this is the operators' port. */
  readonly isOperators: boolean;
  /** Origins with allowed pages. */
  readonly origins: readonly string[];
}

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const FORWARDING = [
  ...['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'],
];
/** Methods that modify nothing (RFC 9110, 9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Throws the 421 or the 403 problem for a refused request. Costs less than 1 µs. */
export function createRefuseForeign(rule: TrustRule): (req: IncomingMessage) => void {
  return (req) => {
    if (rule.isOpen) refuseMisdirected(req);
    const isJudged = rule.isOperators || !SAFE_METHODS.has(req.method ?? '');
    if (isJudged && isForeign(req, rule)) throw foreignPage(rule);
  };
}

function refuseMisdirected({ headers, url = '' }: IncomingMessage): void {
  const { host = '' } = headers;
  if (!LOOPBACK_HOST.test(host) || !agreesWith(host, url)) {
    throw misdirected('its host is not localhost, 127.0.0.1 or [::1]');
  }
  for (const name of FORWARDING) {
    if (headers[name] === undefined) continue;
    throw misdirected('a header such as X-Forwarded-For says that a proxy passed it on');
  }
}

// A request target may be a whole URL, which then takes precedence over Host (RFC 9112, 3.2.2).
function agreesWith(host: string, target: string): boolean {
  return target.startsWith('/') || target === '*' || target.startsWith(`http://${host}/`);
}

function isForeign({ headers }: IncomingMessage, { isOpen, isOperators, origins }: TrustRule): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && origins.includes(origin)) return false;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const isCompared = isOpen || isOperators;
  return isCompared && origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

function misdirected(why: string): ProblemError {
  return new ProblemError('misdirected-request', {
    detail:
      `With AUTH=none this service answers only requests sent to it directly on its own machine, and of this one ${why}. ` +
      'Send it to http://127.0.0.1, or start the service with AUTH=keys or AUTH=jwt to serve other hosts and proxies.',
  });
}

function foreignPage({ isOperators }: TrustRule): ProblemError {
  return new ProblemError('foreign-page', {
    detail: isOperators
      ? 'Cross-site requests from browsers may not use the operators’ port.'
      : 'Cross-site requests from browsers may not modify resources. CORS_ORIGINS lists the allowed origins.',
  });
}
