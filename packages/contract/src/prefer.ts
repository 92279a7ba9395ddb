// The Prefer header (RFC 7240): `respond-async` or `wait=N` seconds. Unknown preferences are
// ignored, as the RFC requires.

import { WAIT_SECONDS_MAX } from './reading-queries.ts';

// A preference ends at a comma that is not inside a quoted string.
const PREFERENCES = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/** The seconds that the client wants to wait, capped at {@link WAIT_SECONDS_MAX}; `undefined` without `wait`. */
export function parsePreferredWait(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  for (const [preference] of header.matchAll(PREFERENCES)) {
    const wait = /^\s*wait\s*=\s*"?(\d+)"?\s*(?:;|$)/i.exec(preference)?.[1];
    if (wait !== undefined) return Math.min(Number(wait), WAIT_SECONDS_MAX);
  }
  return undefined;
}
