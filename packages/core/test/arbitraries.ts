// Generators of small, crowded worlds: few appointments, few slots and few moments, so that ties,
// duplicates, adjacency and overlap happen in nearly every list instead of almost never.

import fc from 'fast-check';
import type { Appointment, Request } from '../src/index.ts';
import { appointment, book, cancel, hourlyAppointments, instant, moment, slot } from './requests.ts';

/** 20,000 in CI; fewer at the desk, where the suite runs after every save. */
export const PROPERTY_RUNS = process.env['CI'] === undefined ? 3_000 : 20_000;

/** Holds for every generated value, or fails with the seed and path that show the smallest counterexample. */
export function holds<T>(values: fc.Arbitrary<T>, claim: (value: T) => void): void {
  fc.assert(fc.property(values, claim), { numRuns: PROPERTY_RUNS });
}

/** Appointments that stand before the first request, and the requests in mailbox order. */
export interface Mailbox {
  readonly standing: readonly Appointment[];
  readonly requests: readonly Request[];
}

interface World {
  readonly ids: readonly string[];
  readonly resources: readonly string[];
  readonly slots: number;
  readonly slotsLongest: number;
}

// Half of all requests are about one appointment, so that some get a long history.
const SMALL: World = {
  ids: ['a', 'a', 'a', 'a', 'b', 'c', 'd', 'e'],
  resources: ['r1', 'r2'],
  slots: 10,
  slotsLongest: 4,
};
const CROWDED_APPOINTMENTS = 18;
const CROWDED: World = {
  ids: [...hourlyAppointments(CROWDED_APPOINTMENTS).map(({ id }) => id), 'new'],
  resources: ['r1'],
  slots: CROWDED_APPOINTMENTS,
  slotsLongest: 1,
};
const MOMENTS = 4;
const REQUESTS_MAX = 14;

/** What a request does in relation to the ones before it: stand alone, be resent, or steal another's id. */
type Echo = 'none' | 'resent' | 'other-payload';

interface Draft {
  readonly request: Request;
  /** Changed when its turn in the list came, and not at any moment: so histories grow long. */
  readonly isOnTime: boolean;
  readonly echo: Echo;
  readonly of: number;
}

function intervalsOf({ slots, slotsLongest }: World): { start: number; end: number }[] {
  const starts = Array.from({ length: slots }, (_, n) => n);
  return starts
    .flatMap((start) => starts.slice(0, slotsLongest).map((length) => ({ start, end: start + length + 1 })))
    .filter(({ end }) => end <= slots);
}

function drafts(world: World): fc.Arbitrary<Draft> {
  const allDay = { start: 0, end: world.slots };
  return fc
    .record({
      isCancel: fc.integer({ min: 1, max: 100 }).map((percent) => percent > 75),
      appointmentId: fc.constantFrom(...world.ids),
      resourceId: fc.constantFrom(...world.resources),
      interval: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...intervalsOf(world)) },
        { weight: world === CROWDED ? 6 : 1, arbitrary: fc.constant(allDay) },
      ),
      updated: fc.integer({ min: 1, max: MOMENTS }),
      isOnTime: fc.boolean(),
      created: fc.integer({ min: 0, max: MOMENTS }),
      echo: fc.oneof<fc.WeightedArbitrary<Echo>[]>(
        { weight: 7, arbitrary: fc.constant('none') },
        { weight: 2, arbitrary: fc.constant('resent') },
        { weight: 1, arbitrary: fc.constant('other-payload') },
      ),
      of: fc.nat(REQUESTS_MAX),
    })
    .map(({ isCancel, appointmentId, resourceId, interval, updated, isOnTime, created, echo, of }) => {
      const shared = { appointmentId, updatedAt: moment(updated) };
      const facts = { resourceId, start: slot(interval.start), end: slot(interval.end) };
      const request = isCancel ? cancel(shared) : book({ ...shared, ...facts, createdAt: moment(created) });
      return { request, isOnTime, echo, of };
    });
}

function numbered(list: readonly Draft[]): Request[] {
  const requests: Request[] = [];
  for (const [n, { request, isOnTime, echo, of }] of list.entries()) {
    const earlier = n === 0 ? undefined : requests[of % n];
    if (earlier === undefined || echo === 'none') {
      // The metadata tells whose facts an appointment carries.
      const onTime = isOnTime ? { updatedAt: moment(1 + Math.floor((n * MOMENTS) / list.length)) } : {};
      const own = { ...request, ...onTime, requestId: `q${n}` };
      requests.push(own.operation === 'book' ? { ...own, metadata: `{"by":"q${n}"}` } : own);
    } else if (echo === 'resent') {
      requests.push(earlier);
    } else {
      requests.push({ ...request, requestId: earlier.requestId });
    }
  }
  return requests;
}

function requestsIn(world: World): fc.Arbitrary<Request[]> {
  return fc.array(drafts(world), { minLength: 1, maxLength: REQUESTS_MAX, size: 'max' }).map(numbered);
}

const smallMailboxes: fc.Arbitrary<Mailbox> = requestsIn(SMALL).map((requests) => ({
  standing: [],
  requests,
}));

const crowdedMailboxes: fc.Arbitrary<Mailbox> = fc
  .tuple(fc.integer({ min: 10, max: CROWDED_APPOINTMENTS }), requestsIn(CROWDED))
  .map(([count, requests]) => ({ standing: hourlyAppointments(count), requests }));

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

/** Known appointments with changes that never collide: each has its own resource, no two share a moment. */
export const harmlessChanges: fc.Arbitrary<Mailbox & { shuffled: Request[] }> = fc
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

const instants = fc.integer({ min: 0, max: 253_402_300_799_998 });
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', '', '\u{1F600}'),
);

/** Whatever the types allow: any ids, any instants, any non-empty interval. */
export const anyRequests: fc.Arbitrary<Request[]> = fc.array(
  fc
    .record({
      text: fc.tuple(anyText, anyText, anyText, anyText),
      at: fc.tuple(instants, instants, instants, instants),
      isCancel: fc.boolean(),
    })
    .map(
      ({
        text: [requestId, appointmentId, resourceId, metadata],
        at: [one, other, created, updated],
        isCancel,
      }) => {
        const shared = { requestId, appointmentId, updatedAt: instant(updated) };
        const facts = {
          resourceId,
          start: instant(Math.min(one, other)),
          end: instant(Math.max(one, other) + 1),
          createdAt: instant(created),
          metadata,
        };
        return isCancel ? cancel(shared) : book({ ...shared, ...facts });
      },
    ),
);
