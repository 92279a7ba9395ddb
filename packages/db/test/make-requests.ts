// Requests for tests, in minutes of one morning, and random lists of them that collide often.

import { randomUUID } from 'node:crypto';

import type { Instant } from '@slotline/core';
import fc from 'fast-check';

import type { AcceptedRequest, RequestRecord } from '../src/index.ts';

const MORNING = Date.UTC(2026, 2, 2, 8);

/** The instant that many minutes into the morning. */
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
  metadata?: string | null;
  callbackUrl?: string;
}

export function book({ id, from, to, updated = 0, resource = 'room', ...rest }: Booking): AcceptedRequest {
  const { requestId = randomUUID(), metadata = null, callbackUrl } = rest;
  return {
    operation: 'book',
    requestId,
    appointmentId: id,
    resourceId: resource,
    start: at(from),
    end: at(to),
    createdAt: at(0),
    updatedAt: at(updated),
    metadata,
    acceptedAt: at(1),
    callbackUrl,
  };
}

export function cancel(id: string, updated: number): AcceptedRequest {
  const requestId = randomUUID();
  return { operation: 'cancel', requestId, appointmentId: id, updatedAt: at(updated), acceptedAt: at(1) };
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
  })
  .map(
    ({ length, ...rest }) =>
      () =>
        book({ ...rest, to: rest.from + length }),
  );
const cancelling = fc.tuple(id, updated).map((args) => () => cancel(...args));

/** Lists in which every third request is one that came before, under the same request id. */
export const requestLists = fc
  .array(
    fc.record({
      make: fc.oneof({ weight: 4, arbitrary: booking }, { weight: 1, arbitrary: cancelling }),
      repeats: fc.option(fc.nat(30), { freq: 3 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((drafts) => {
    const made: AcceptedRequest[] = [];
    for (const { make, repeats } of drafts)
      made.push((repeats === null ? undefined : made[repeats]) ?? make());
    return made;
  });

/** Cuts a list into groups of these lengths, over and over. */
export function split<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  const groups: T[][] = [];
  for (let from = 0, n = 0; from < list.length; n++) {
    const length = lengths[n % lengths.length] ?? 1;
    groups.push(list.slice(from, from + length));
    from += length;
  }
  return groups;
}
