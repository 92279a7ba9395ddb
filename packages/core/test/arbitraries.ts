// Generates lists of requests over existing appointments: as one list, in groups, shuffled.

import fc from 'fast-check';
import type { Appointment, AppointmentStatus, BookRequest, CancelRequest, Request } from '../src/index.ts';
import { appointment, book, cancel, hourlyAppointments, moment, slot } from './requests.ts';
import { CROWDED, CROWDED_APPOINTMENTS, requestsIn, SMALL } from './worlds.ts';

/** 20,000 in CI; fewer locally, where the suite runs after every save. */
export const PROPERTY_RUNS = process.env['CI'] === undefined ? 3_000 : 20_000;

/** Holds for every generated value, or fails with the seed and path that show the smallest counterexample. */
export function holds<T>(values: fc.Arbitrary<T>, claim: (value: T) => void): void {
  fc.assert(fc.property(values, claim), { numRuns: PROPERTY_RUNS });
}

/** The appointments before the first request, and the requests in mailbox order. */
export interface Mailbox {
  readonly standing: readonly Appointment[];
  readonly requests: readonly Request[];
}

const smallMailboxes: fc.Arbitrary<Mailbox> = requestsIn(SMALL).map((requests) => ({
  standing: [],
  requests,
}));

const STATUSES = ['booked', 'booked', 'booked', 'held', 'held', 'held', 'expired'] as const;

const crowdedMailboxes: fc.Arbitrary<Mailbox> = fc
  .tuple(
    fc.array(fc.constantFrom(...STATUSES), { minLength: 10, maxLength: CROWDED_APPOINTMENTS, size: 'max' }),
    requestsIn(CROWDED),
  )
  .map(([statuses, requests]) => ({
    standing: hourlyAppointments(statuses.length).map((one, n) => withStatus(one, statuses[n])),
    requests,
  }));

function withStatus(one: Appointment, status: AppointmentStatus = 'booked'): Appointment {
  return { ...one, status, heldUntil: status === 'held' ? moment(9) : null };
}

/** Mostly few appointments from nothing; sometimes a day full of them, where conflicts name the most. */
export const mailboxes: fc.Arbitrary<Mailbox> = fc.oneof(
  { weight: 3, arbitrary: smallMailboxes },
  { weight: 1, arbitrary: crowdedMailboxes },
);

/** The same requests in commit groups of any sizes. */
export const splitMailboxes: fc.Arbitrary<Mailbox & { groups: Request[][] }> = fc
  .tuple(mailboxes, fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }))
  .map(([mailbox, sizes]) => ({ ...mailbox, groups: cut(mailbox.requests, sizes) }));

function cut(requests: readonly Request[], sizes: readonly number[]): Request[][] {
  const groups: Request[][] = [];
  for (let from = 0, turn = 0; from < requests.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    groups.push(requests.slice(from, from + size));
    from += size;
  }
  return groups;
}

const KNOWN = ['a', 'b', 'c'];

/** A request with an `updatedAt`. */
export type Change = BookRequest | CancelRequest;

export interface HarmlessChanges extends Mailbox {
  readonly requests: readonly Change[];
  readonly shuffled: readonly Change[];
}

/** Known appointments with changes that never collide: each has its own resource, no two share a moment. */
export const harmlessChanges: fc.Arbitrary<HarmlessChanges> = fc
  .shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 1 })
  .chain((moments) => {
    const requests = moments.map((n) => {
      const appointmentId = KNOWN[n % KNOWN.length] ?? 'a';
      const shared = { requestId: `q${n}`, appointmentId, updatedAt: moment(n) };
      const facts = { resourceId: appointmentId, start: slot(n), end: slot(n + 1) };
      return n % 4 === 3 ? cancel(shared) : book({ ...shared, ...facts });
    });
    const standing = KNOWN.map((id) => appointment({ id, resourceId: id, updatedAt: moment(0) }));
    return fc
      .shuffledSubarray(requests, { minLength: requests.length })
      .map((shuffled) => ({ standing, requests, shuffled }));
  });
