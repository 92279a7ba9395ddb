// Requests for tests, in minutes of one morning, and random lists of requests that often collide.

import { randomUUID } from 'node:crypto';

import type {
  BatchRequest,
  BookRequest,
  CancelRequest,
  ConfirmRequest,
  ExpireRequest,
  Instant,
  Wish,
} from '@slotline/core';
import fc from 'fast-check';

import type { AcceptedRequest, RequestRecord } from '../src/index.ts';

const MORNING = Date.UTC(2026, 2, 2, 8);

/** The instant `minute` minutes into the morning. */
export function at(minute: number): Instant {
  return (MORNING + minute * 60_000) as Instant;
}

interface Booking {
  id: string;
  from: number;
  to: number;
  updated?: number;
  resource?: string;
  requestId?: string;
  /** If set, the booking is a hold until that minute. */
  heldUntil?: number;
  metadata?: string | null;
  callbackUrl?: string;
}

type Accepted<R> = AcceptedRequest & R;

export function book({
  id,
  from,
  to,
  updated = 0,
  resource = 'room',
  ...rest
}: Booking): Accepted<BookRequest> {
  const { requestId = randomUUID(), heldUntil, metadata = null, callbackUrl } = rest;
  return {
    operation: 'book',
    requestId,
    appointmentId: id,
    resourceId: resource,
    start: at(from),
    end: at(to),
    createdAt: at(0),
    updatedAt: at(updated),
    heldUntil: heldUntil === undefined ? null : at(heldUntil),
    metadata,
    acceptedAt: at(1),
    callbackUrl,
  };
}

export function cancel(id: string, updated: number): Accepted<CancelRequest> {
  const requestId = randomUUID();
  return { operation: 'cancel', requestId, appointmentId: id, updatedAt: at(updated), acceptedAt: at(1) };
}

export function confirm(id: string): Accepted<ConfirmRequest> {
  return { operation: 'confirm', requestId: randomUUID(), appointmentId: id, acceptedAt: at(1) };
}

export function expire(id: string, version: number): Accepted<ExpireRequest> {
  return { operation: 'expire', requestId: randomUUID(), appointmentId: id, version, acceptedAt: at(1) };
}

export function batch(...wishes: readonly Wish[]): Accepted<BatchRequest> {
  return { operation: 'batch', requestId: randomUUID(), wishes: wishes.map(toWish), acceptedAt: at(1) };
}

// Only the members of a wish; the other members of the request belong to the batch.
function toWish(wish: Wish): Wish {
  const { operation, appointmentId } = wish;
  if (operation === 'confirm') return { operation, appointmentId };
  if (operation === 'cancel') return { operation, appointmentId, updatedAt: wish.updatedAt };
  const { resourceId, start, end, createdAt, updatedAt, heldUntil, metadata } = wish;
  return { operation, appointmentId, resourceId, start, end, createdAt, updatedAt, heldUntil, metadata };
}

/** The kinds of the outcomes, in order. */
export function kinds(records: readonly RequestRecord[] | undefined): string[] {
  return (records ?? []).map(({ outcome }) => outcome.kind);
}

const slot = fc.integer({ min: 0, max: 9 });
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const updated = fc.integer({ min: 0, max: 4 });
const booking = fc
  .record({
    id,
    from: slot,
    length: fc.integer({ min: 1, max: 3 }),
    updated,
    resource: fc.constantFrom('x', 'y'),
    heldUntil: fc.option(fc.constant(60), { freq: 2, nil: undefined }),
  })
  .map(({ length, heldUntil, ...rest }) => () => {
    const held = heldUntil === undefined ? {} : { heldUntil };
    return book({ ...rest, ...held, to: rest.from + length });
  });
const cancelling = fc.tuple(id, updated).map((args) => () => cancel(...args));
const confirming = id.map((of) => () => confirm(of));
const expiring = fc.tuple(id, fc.integer({ min: 1, max: 4 })).map((args) => () => expire(...args));
const batching = fc
  .uniqueArray(
    fc.oneof({ weight: 4, arbitrary: booking }, cancelling, confirming).map((make) => make()),
    {
      selector: ({ appointmentId }) => appointmentId,
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((wishes) => () => batch(...wishes));
const drafts: fc.Arbitrary<() => AcceptedRequest> = fc.oneof(
  { weight: 5, arbitrary: booking },
  { weight: 1, arbitrary: cancelling },
  { weight: 1, arbitrary: confirming },
  { weight: 1, arbitrary: expiring },
  { weight: 2, arbitrary: batching },
);

/** Lists in which about every third request repeats an earlier one, with the same request id. */
export const requestLists = fc
  .array(
    fc.record({
      make: drafts,
      repeats: fc.option(fc.nat(30), { freq: 3 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((list) => {
    const made: AcceptedRequest[] = [];
    for (const { make, repeats } of list) made.push((repeats === null ? undefined : made[repeats]) ?? make());
    return made;
  });

/** Splits a list into groups of these lengths, used cyclically. */
export function split<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  const groups: T[][] = [];
  for (let from = 0, n = 0; from < list.length; n++) {
    const length = lengths[n % lengths.length] ?? 1;
    groups.push(list.slice(from, from + length));
    from += length;
  }
  return groups;
}
