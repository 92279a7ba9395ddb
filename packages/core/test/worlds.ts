// Generators of small, crowded worlds: few appointments, few slots and few moments, so that ties,
// duplicates, adjacency and overlap happen in nearly every list instead of almost never.

import fc from 'fast-check';
import type { Instant, Request, Wish } from '../src/index.ts';
import { batch, book, cancel, confirm, expire, hourlyAppointments, moment, slot } from './requests.ts';

export interface World {
  readonly ids: readonly string[];
  readonly resources: readonly string[];
  readonly slots: number;
  readonly slotsLongest: number;
}

// Half of all requests are about one appointment, so that some get a long history.
export const SMALL: World = {
  ids: ['a', 'a', 'a', 'a', 'b', 'c', 'd', 'e'],
  resources: ['r1', 'r2'],
  slots: 10,
  slotsLongest: 4,
};
export const CROWDED_APPOINTMENTS = 18;
export const CROWDED: World = {
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

function wishes(world: World): fc.Arbitrary<Wish> {
  const allDay = { start: 0, end: world.slots };
  return fc
    .record({
      operation: fc.oneof<fc.WeightedArbitrary<Wish['operation']>[]>(
        { weight: 11, arbitrary: fc.constant('book') },
        { weight: 4, arbitrary: fc.constant('cancel') },
        { weight: 4, arbitrary: fc.constant('confirm') },
      ),
      appointmentId: fc.constantFrom(...world.ids),
      resourceId: fc.constantFrom(...world.resources),
      interval: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...intervalsOf(world)) },
        { weight: world === CROWDED ? 6 : 1, arbitrary: fc.constant(allDay) },
      ),
      updated: fc.integer({ min: 1, max: MOMENTS }),
      created: fc.integer({ min: 0, max: MOMENTS }),
      heldUntil: fc.constantFrom(null, moment(9)),
    })
    .map(({ operation, appointmentId, resourceId, interval, updated, created, heldUntil }) => {
      const shared = { appointmentId, updatedAt: moment(updated) };
      if (operation === 'confirm') return confirm({ appointmentId });
      if (operation === 'cancel') return cancel(shared);
      const facts = { resourceId, start: slot(interval.start), end: slot(interval.end), heldUntil };
      return book({ ...shared, ...facts, createdAt: moment(created) });
    });
}

/** Every appointment moves to the original place of the next one, and the last to that of the first. */
const rotations: fc.Arbitrary<Wish[]> = fc
  .shuffledSubarray([...Array(CROWDED_APPOINTMENTS).keys()], { minLength: 2, maxLength: 4 })
  .map((places) =>
    places.map((place, n) => {
      const to = places[(n + 1) % places.length] ?? place;
      return book({ appointmentId: `f${place}`, start: slot(to), end: slot(to + 1) });
    }),
  );

function requests(world: World): fc.Arbitrary<Request> {
  const appointmentId = fc.constantFrom(...world.ids);
  const some = fc.uniqueArray(wishes(world), {
    selector: (wish) => wish.appointmentId,
    minLength: 1,
    maxLength: 4,
  });
  return fc.oneof(
    { weight: 16, arbitrary: wishes(world).map((wish) => ({ requestId: '', ...wish })) },
    {
      weight: 2,
      arbitrary: fc.record({ appointmentId, version: fc.constantFrom(1, 1, 2, 3) }).map(expire),
    },
    { weight: 4, arbitrary: some.map((list) => batch(...list)) },
    { weight: world === CROWDED ? 4 : 0, arbitrary: rotations.map((list) => batch(...list)) },
  );
}

function drafts(world: World): fc.Arbitrary<Draft> {
  return fc.record({
    request: requests(world),
    isOnTime: fc.boolean(),
    echo: fc.oneof<fc.WeightedArbitrary<Echo>[]>(
      { weight: 7, arbitrary: fc.constant('none') },
      { weight: 2, arbitrary: fc.constant('resent') },
      { weight: 1, arbitrary: fc.constant('other-payload') },
    ),
    of: fc.nat(REQUESTS_MAX),
  });
}

function numbered(list: readonly Draft[]): Request[] {
  const made: Request[] = [];
  for (const [n, { request, isOnTime, echo, of }] of list.entries()) {
    const earlier = n === 0 ? undefined : made[of % n];
    if (earlier === undefined || echo === 'none') {
      const at = isOnTime ? moment(1 + Math.floor((n * MOMENTS) / list.length)) : undefined;
      made.push(own(request, `q${n}`, at));
    } else if (echo === 'resent') {
      made.push(earlier);
    } else {
      made.push({ ...request, requestId: earlier.requestId });
    }
  }
  return made;
}

function own(request: Request, requestId: string, updatedAt: Instant | undefined): Request {
  switch (request.operation) {
    case 'batch':
      return {
        ...request,
        requestId,
        wishes: request.wishes.map((wish) => marked(wish, requestId, updatedAt)),
      };
    case 'expire':
      return { ...request, requestId };
    default:
      return { ...marked(request, requestId, updatedAt), requestId };
  }
}

// The metadata identifies the request that set an appointment's facts.
function marked<W extends Wish>(wish: W, by: string, at: Instant | undefined): W {
  if (wish.operation === 'confirm') return wish;
  const onTime = at === undefined ? wish : { ...wish, updatedAt: at };
  return wish.operation === 'book' ? { ...onTime, metadata: `{"by":"${by}"}` } : onTime;
}

export function requestsIn(world: World): fc.Arbitrary<Request[]> {
  return fc.array(drafts(world), { minLength: 1, maxLength: REQUESTS_MAX, size: 'max' }).map(numbered);
}
