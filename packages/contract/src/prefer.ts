// The Prefer header (RFC 7240): `respond-async` or `wait=N` seconds. Preferences that are not known here are
// ignored, as the RFC wants.

import { WAIT_SECONDS_MAX } from './reading-queries.ts';

// A preference ends at a comma that is not inside a quoted string.
const PREFERENCES = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/** The seconds a client is ready to wait, cut to {@link WAIT_SECONDS_MAX}; `undefined` when it wants none. */
export function parsePreferredWait(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  for (const [preference] of header.matchAll(PREFERENCES)) {
    const wait = /^\s*wait\s*=\s*"?(\d+)"?\s*(?:;|$)/i.exec(preference)?.[1];
    if (wait !== undefined) return Math.min(Number(wait), WAIT_SECONDS_MAX);
  }
  return undefined;
}
