// Whether two requests say the same. Compared only under one idempotency key.

import { createHash } from 'node:crypto';

/** 22 characters: 128 bits of SHA-256 over what the client asked, whatever the order of its members. */
export function fingerprintOf(asked: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(asked, sortMembers))
    .digest()
    .toString('base64url', 0, 16);
}

function sortMembers(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
