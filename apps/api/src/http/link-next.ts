// `Link: <…>; rel="next"` (RFC 8288): a relative URL with the whole query as received, so that a client can
// follow it without knowing how pages work.

import type { Request, Response } from 'express';

/** The members of the query that change; `undefined` leaves one out. */
export type QueryChange = Readonly<Record<string, string | number | undefined>>;

/** Points at the next page of what `path` lists. `path` must be escaped; the query is escaped here. */
export function linkNext(
  req: Request,
  res: Response,
  { path, change }: { path: string; change: QueryChange },
): void {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...req.query, ...change })) {
    if (typeof value === 'string' || typeof value === 'number') query.set(name, String(value));
  }
  res.set('Link', `<${path}?${query.toString()}>; rel="next"`);
}
