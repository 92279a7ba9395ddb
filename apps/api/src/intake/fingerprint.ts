// Computes whether two requests with the same idempotency key are equal.

import { createHash, type Hash } from 'node:crypto';

/** 22 characters: 128 bits of SHA-256 over the client's request, independent of the order of members. */
export function fingerprintOf(asked: unknown): string {
  return toText(createHash('sha256').update(canonical(asked)));
}

/**
 * The fingerprint of an atomic batch, computed item by item because a batch may have a megabyte. It equals
 * that of `{ op: 'batch', items, callbackUrl }`.
 */
export class BatchFingerprint {
  readonly #hash: Hash;
  #separator = '';

  constructor(callbackUrl: string | undefined) {
    const callback = callbackUrl === undefined ? '' : `"callbackUrl":${JSON.stringify(callbackUrl)},`;
    this.#hash = createHash('sha256').update(`{${callback}"items":[`);
  }

  add(item: object): void {
    this.#hash.update(this.#separator + canonical(item));
    this.#separator = ',';
  }

  /** Must be called once. */
  end(): string {
    return toText(this.#hash.update('],"op":"batch"}'));
  }
}

function canonical(asked: unknown): string {
  return JSON.stringify(asked, sortMembers);
}

function toText(hash: Hash): string {
  return hash.digest().toString('base64url', 0, 16);
}

function sortMembers(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
