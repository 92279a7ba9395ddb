// Request ids are UUIDs in canonical lower-case form. PostgreSQL returns this form, so a text comparison in
// JavaScript and the primary key agree on which requests are the same.

import { createHash } from 'node:crypto';

const CANONICAL_UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

export function isRequestId(text: string): boolean {
  return CANONICAL_UUID.test(text);
}

/** Derives a request id (UUID version 8) from the parts: equal parts give equal ids. */
export function deriveRequestId(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
