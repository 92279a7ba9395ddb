// `Retry-After` read strictly (RFC 9110, 10.2.3): whole seconds, or a date in the one format that is still sent.
// Anything else is no wish at all.

/** Milliseconds from `now` on; `undefined` for garbage, repeated headers, negative seconds and dates gone by. */
export function parseRetryAfter(value: string | string[] | undefined, now: Date): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  // Date.parse reads many spellings; only the one that it would be written in is meant.
  if (Number.isNaN(at) || new Date(at).toUTCString() !== value) return undefined;
  return at > now.getTime() ? at - now.getTime() : undefined;
}
