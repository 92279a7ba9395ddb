// The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): a structured string or a bare one.

export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;

const VISIBLE = /^[\x21-\x7e]{1,255}$/;

/** The key without its quotes, or `undefined` when it is not 1–255 visible characters. */
export function parseIdempotencyKey(header: string): string | undefined {
  const quoted = /^"(.*)"$/.exec(header.trim());
  const key = quoted?.[1] ?? header.trim();
  return VISIBLE.test(key) ? key : undefined;
}
