// A validated request on its way into the mailbox: what the worker must decide, and what the client asked
// for, which the idempotency key identifies. Times derived from the acceptance are not part of the latter.

import { INSTANT_MAX, type Batch, type Instant, type Wish } from '@slotline/core';
import type { AtomicBatch, BatchItem, Booking, Cancellation, Confirmation, Job } from '@slotline/contract';
import { fingerprintOf } from './fingerprint.ts';
import { createHash, randomUUID } from 'node:crypto';
import { stringify } from 'uuid';

export interface Submission {
  readonly requestId: string;
  readonly orgId: string;
  readonly job: Job;
  /** Only with an idempotency key; a request without one cannot be repeated. */
  readonly fingerprint?: string;
}

interface Arrival {
  readonly key: string | undefined;
  /** The item's index in the batch that has the key; a single request has none. */
  readonly item?: number;
  readonly acceptedAt: Instant;
}

interface Asking {
  readonly orgId: string;
  readonly callbackUrl?: string | undefined;
}

export function submitBooking(booking: Booking, arrival: Arrival): Submission {
  return submitItem({ op: 'book', booking }, arrival);
}

/**
 * A cancellation without `updatedAt` takes effect at its acceptance; a retry of it is still the same request.
 */
export function submitCancellation(cancellation: Cancellation, arrival: Arrival): Submission {
  return submitItem({ op: 'cancel', cancellation }, arrival);
}

export function submitConfirmation(confirmation: Confirmation, arrival: Arrival): Submission {
  return submitItem({ op: 'confirm', confirmation }, arrival);
}

export function submitItem(item: BatchItem, arrival: Arrival): Submission {
  const wish = toWish(item, arrival.acceptedAt);
  return submit(askerOf(item), { wish, fingerprint: () => fingerprintOf(ask(item)) }, arrival);
}

function askerOf(item: BatchItem): Asking {
  switch (item.op) {
    case 'book':
      return item.booking;
    case 'cancel':
      return item.cancellation;
    case 'confirm':
      return item.confirmation;
  }
}

export interface AskedBatch extends AtomicBatch {
  readonly callbackUrl: string | undefined;
  /** See {@link BatchFingerprint}. Called only for a batch with an idempotency key. */
  readonly fingerprint: () => string;
}

/** One request, however many items it has: one id, one place in the queue and one outcome. */
export function submitAtomicBatch(
  { orgId, items, callbackUrl, fingerprint }: AskedBatch,
  arrival: Arrival,
): Submission {
  const wish: Batch = { operation: 'batch', wishes: items.map((item) => toWish(item, arrival.acceptedAt)) };
  return submit({ orgId, callbackUrl }, { wish, fingerprint }, arrival);
}

function submit(
  { orgId, callbackUrl }: Asking,
  { wish, fingerprint }: { wish: Wish | Batch; fingerprint: () => string },
  { key, item, acceptedAt }: Arrival,
): Submission {
  const job: Job = { ...wish, acceptedAt, ...(callbackUrl === undefined ? {} : { callbackUrl }) };
  if (key === undefined) return { orgId, requestId: newRequestId(), job };
  return { orgId, requestId: keyedRequestId({ orgId, key, item }), fingerprint: fingerprint(), job };
}

function toWish(item: BatchItem, acceptedAt: Instant): Wish {
  switch (item.op) {
    case 'book':
      return toBook(item.booking, acceptedAt);
    case 'cancel':
      return toCancel(item.cancellation, acceptedAt);
    case 'confirm':
      return toConfirm(item.confirmation);
  }
}

function toBook(booking: Booking, acceptedAt: Instant): Wish & { operation: 'book' } {
  const { id, resourceId, start, end, createdAt, updatedAt, metadata = null, holdSeconds } = booking;
  const heldUntil = holdSeconds === undefined ? null : later(acceptedAt, holdSeconds * 1_000);
  const facts = { resourceId, start, end, createdAt, updatedAt, heldUntil, metadata };
  return { operation: 'book', appointmentId: id, ...facts };
}

function later(instant: Instant, ms: number): Instant {
  return Math.min(instant + ms, INSTANT_MAX) as Instant;
}

function toCancel({ id, updatedAt }: Cancellation, acceptedAt: Instant): Wish & { operation: 'cancel' } {
  return { operation: 'cancel', appointmentId: id, updatedAt: updatedAt ?? acceptedAt };
}

function toConfirm({ id }: Confirmation): Wish & { operation: 'confirm' } {
  return { operation: 'confirm', appointmentId: id };
}

/** What an idempotency key identifies, for one item. */
export function ask(item: BatchItem): object {
  switch (item.op) {
    case 'book':
      return askToBook(item.booking);
    case 'cancel':
      return { op: item.op, ...item.cancellation };
    case 'confirm':
      return { op: item.op, ...item.confirmation };
  }
}

// Metadata is compared by value: its text keeps the order of the received members.
function askToBook(booking: Booking): object {
  const { metadata } = booking;
  return {
    op: 'book',
    ...booking,
    ...(metadata === undefined ? {} : { metadata: JSON.parse(metadata) as unknown }),
  };
}

// Request ids. With an idempotency key the id is derived from org and key, so a retry is the same request at every
// process, and PostgreSQL's primary key decides. Without a key the id is new and ordered by time, which keeps index
// writes on the newest page.

/** The bits of the counter within a millisecond; it starts at random in the lower quarter. */
const COUNT_BITS = 26;

let clockMs = 0;
/** Time, hyphens and version, equal for all ids of a millisecond. */
let head = '';
let count = 0;

/**
 * RFC 9562 UUID version 7, increasing: milliseconds, a counter within them, 48 random bits. The random bits
 * are those of `randomUUID`, which draws them for many ids at once: 0.4 µs, where uuid's `v7` draws for each
 * id in 1.8 µs.
 */
export function newRequestId(): string {
  const random = randomUUID();
  if (++count === 2 ** COUNT_BITS || Date.now() > clockMs) {
    // When the clock was set back, the ids' own clock continues from its last value.
    clockMs = Math.max(Date.now(), clockMs + 1);
    const time = hexadecimal(clockMs, 12);
    head = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    count = Number.parseInt(random.slice(0, 6), 16);
  }
  const variant = 0x8000 | (count & 0x3fff);
  return `${head}${hexadecimal(count >>> 14, 3)}-${hexadecimal(variant, 4)}${random.slice(23)}`;
}

function hexadecimal(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}

/**
 * What an idempotency key identifies: a single request, or the item at an index of the batch that has the
 * key.
 */
export interface Keyed {
  readonly orgId: string;
  readonly key: string;
  readonly item?: number | undefined;
}

/** RFC 9562 UUID version 8: the first 122 free bits of SHA-256 over org and key. */
export function keyedRequestId(keyed: Keyed): string {
  // Neither org ids nor keys contain U+0000, so the parts cannot be confused where they join.
  const bytes = createHash('sha256')
    .update(`${keyed.orgId}\u0000${ownName(keyed)}`)
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return stringify(bytes);
}

// The names `{key}#{item}` must stay, because retries across releases depend on them. So a key that looks
// like an item's name is marked instead: no client can send U+0000.
function ownName({ key, item }: Keyed): string {
  if (item !== undefined) return `${key}#${item}`;
  return /#\d+$/.test(key) ? `${key}\u0000` : key;
}
