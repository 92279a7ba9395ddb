// What every answer says to browsers, proxies and whoever frames or sniffs. helmet decides the values, once, at start:
// asked for every request it takes 3.3 µs, the six headers that matter to an answer that is no page take 1.6 µs.

import type { Request, Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

type Header = readonly [name: string, value: string];

const HSTS = { maxAge: 31_536_000, includeSubDomains: false };

/**
 * An answer of the API loads nothing, is shown in no frame and is what its type says. Left out of helmet's list is
 * what only pages heed. `no-store`: most answers are one org's, so a route that may be cached says so itself.
 */
export const ANSWER_HEADERS: readonly Header[] = [
  ...headersOf({
    contentSecurityPolicy: policyOf({}),
    strictTransportSecurity: HSTS,
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  }),
  ['Cache-Control', 'no-store'],
];

/** The page that shows the contract: all that helmet knows. Its scripts, styles and calls are its own server's. */
export const PAGE_HEADERS: readonly Header[] = headersOf({
  contentSecurityPolicy: policyOf({
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    // Swagger UI's style sheet draws its icons from data URLs.
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
  }),
  strictTransportSecurity: HSTS,
  xFrameOptions: { action: 'deny' },
});

/** Before anything else, so that refusals have the headers too. A route may set another value of its own. */
export function setSecureHeaders(req: Request, res: Response): void {
  const headers = isPage(req.path) ? PAGE_HEADERS : ANSWER_HEADERS;
  for (const [name, value] of headers) res.setHeader(name, value);
}

function isPage(path: string): boolean {
  return path.startsWith('/api/docs') && (path.length === 9 || path.charAt(9) === '/');
}

function policyOf(
  directives: Record<string, readonly string[]>,
): NonNullable<HelmetOptions['contentSecurityPolicy']> {
  const none = ["'none'"];
  return {
    useDefaults: false,
    directives: {
      'default-src': none,
      ...directives,
      'base-uri': none,
      'form-action': none,
      'frame-ancestors': none,
    },
  };
}

// helmet as the library that it is, asked for an answer that nobody sends.
function headersOf(options: HelmetOptions): Header[] {
  const headers: Header[] = [];
  const res = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader: () => undefined,
  };
  const [req, next] = [{}, () => undefined];
  helmet(options)(req as never, res as never, next);
  return headers;
}
