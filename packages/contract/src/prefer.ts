// The Prefer header (RFC 7240): `respond-async` or `wait=N` seconds. Preferences that are not known here are
// ignored, as the RFC wants.

import { WAIT_SECONDS_MAX } from './appointment-resource.ts';

/** The seconds a client is ready to wait, cut to {@link WAIT_SECONDS_MAX}; `undefined` when it wants none. */
export function parsePreferredWait(header: string | undefined): number | undefined {
  for (const preference of (header ?? '').split(',')) {
    const wait = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference)?.[1];
    if (wait !== undefined) return Math.min(Number(wait), WAIT_SECONDS_MAX);
  }
  return undefined;
}
