// Request ids. With an idempotency key the id follows from org and key, so a retry is the same request
// wherever it arrives and PostgreSQL's primary key is the last word on it. Without one it is new and ordered
// by time, which keeps index writes on the newest page.

import { createHash } from 'node:crypto';
import { stringify, v7 } from 'uuid';

export function newRequestId(): string {
  return v7();
}

/** RFC 9562 UUID version 8: the first 122 free bits of SHA-256 over org and key. */
export function keyedRequestId({ orgId, key }: { orgId: string; key: string }): string {
  // No org id contains U+0000, so org and key cannot run into each other.
  const bytes = createHash('sha256').update(`${orgId}\u0000${key}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return stringify(bytes);
}
