// Request ids are UUIDs in their canonical, lower-case form: the form in which PostgreSQL gives them back,
// so that a text comparison in JavaScript and the primary key agree on what is the same request.

import { createHash } from 'node:crypto';

const CANONICAL_UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

export function isRequestId(text: string): boolean {
  return CANONICAL_UUID.test(text);
}

/** A request id (UUID version 8) made of the parts: equal parts, equal id. */
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
