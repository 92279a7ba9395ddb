import { describe, expect, test } from '@jest/globals';
import {
  appointment,
  batch,
  book,
  cancel,
  confirm,
  expire,
  hourlyAppointments,
  moment,
  slot,
} from '../test/requests.ts';
import type { Appointment } from './appointment.ts';
import { decide } from './decide.ts';
import { CONFLICTS_NAMED_MAX, type Outcome } from './outcome.ts';
import type { Request } from './request.ts';

/** Decides the requests over the given state, with a unique id for each request. */
function decideOver(appointments: readonly Appointment[], ...requests: readonly Request[]) {
  const own = requests.map((request, n) => ({ ...request, requestId: `q${n}` }));
  return decide({ appointments, decided: new Map() }, own);
}

function outcomes(appointments: readonly Appointment[], ...requests: readonly Request[]) {
  return decideOver(appointments, ...requests).map(({ outcome }) => outcome);
}

const at = (start: number, end: number) => ({ start: slot(start), end: slot(end) });
const other = { appointmentId: 'b', updatedAt: moment(1) };

describe('a book', () => {
  test('of an unknown id is created with all its facts as version 1', () => {
    const metadata = '{"guest":"Ada"}';
    const [decision] = decideOver([], book({ ...at(3, 5), resourceId: 'r2', metadata }));
    expect(decision?.outcome).toEqual({ kind: 'created', version: 1 });
    expect(decision?.written).toEqual([appointment({ ...at(3, 5), resourceId: 'r2', metadata })]);
  });

  test('that is newer updates to the next version and replaces every fact', () => {
    const standing = appointment({ version: 7, metadata: '{"guest":"Ada"}' });
    const [decision] = decideOver(
      [standing],
      book({ ...at(2, 3), createdAt: moment(2), updatedAt: moment(3) }),
    );
    expect(decision?.outcome).toEqual({ kind: 'updated', version: 8 });
    expect(decision?.written).toEqual([
      appointment({ ...at(2, 3), createdAt: moment(2), updatedAt: moment(3), version: 8, metadata: null }),
    ]);
  });

  test.each([
    ['older', moment(4)],
    ['equally old', moment(5)],
  ])('that is %s is stale and names the current version', (_, updatedAt) => {
    const standing = appointment({ updatedAt: moment(5), version: 3 });
    const [decision] = decideOver([standing], book({ updatedAt }));
    expect(decision?.outcome).toEqual({ kind: 'ignored-stale', version: 3 });
    expect(decision?.written).toEqual([]);
  });

  test('that is one millisecond newer is not stale', () => {
    expect(outcomes([appointment({ updatedAt: moment(5) })], book({ updatedAt: moment(6) }))).toEqual([
      { kind: 'updated', version: 2 },
    ]);
  });

  test('with the same updatedAt as an earlier one is stale', () => {
    const [, second] = decideOver([], book({ metadata: '1' }), book({ metadata: '2' }));
    expect(second?.outcome).toEqual({ kind: 'ignored-stale', version: 1 });
  });

  test('that overlaps another is a conflict that names its current version', () => {
    const standing = appointment({ id: 'b', ...at(1, 3), version: 4 });
    const [decision] = decideOver([standing], book({ ...at(2, 5) }));
    expect(decision?.outcome).toEqual({
      kind: 'conflict',
      conflictsWith: [{ id: 'b', ...at(1, 3), version: 4 }],
    });
    expect(decision?.written).toEqual([]);
  });

  test.each([
    ['ends where another starts', at(1, 2)],
    ['starts where another ends', at(3, 4)],
    ['fills the gap between two others', at(3, 5)],
  ])('that %s is created', (_, interval) => {
    const standing = [appointment({ id: 'b', ...at(2, 3) }), appointment({ id: 'c', ...at(5, 6) })];
    expect(outcomes(standing, book(interval))).toEqual([{ kind: 'created', version: 1 }]);
  });

  test('that overlaps only on another resource is created', () => {
    expect(outcomes([appointment({ id: 'b' })], book({ resourceId: 'r2' }))).toEqual([
      { kind: 'created', version: 1 },
    ]);
  });

  test('that overlaps only its own former interval is updated', () => {
    const longer = book({ ...at(0, 3), updatedAt: moment(2) });
    expect(outcomes([appointment()], longer)).toEqual([{ kind: 'updated', version: 2 }]);
  });

  test('that is stale is reported as stale even if it would also conflict', () => {
    const standing = [appointment({ updatedAt: moment(5) }), appointment({ id: 'b', ...at(2, 3) })];
    expect(outcomes(standing, book({ ...at(2, 3) }))).toEqual([{ kind: 'ignored-stale', version: 1 }]);
  });

  test('that conflicts leaves the appointment where it was', () => {
    const standing = [appointment(), appointment({ id: 'b', ...at(2, 3) })];
    const refused = book({ ...at(2, 3), updatedAt: moment(2) });
    const [first, second] = outcomes(standing, refused, book({ appointmentId: 'c' }));
    expect(first?.kind).toBe('conflict');
    expect(second).toEqual({ kind: 'conflict', conflictsWith: [{ id: 'a', ...at(0, 1), version: 1 }] });
  });

  test('that conflicts leaves no trace: the same change succeeds once the way is clear', () => {
    const requests = [book({ updatedAt: moment(2) }), cancel(other), book({ updatedAt: moment(2) })];
    const standing = [appointment({ id: 'b', updatedAt: moment(0) })];
    expect(outcomes(standing, ...requests).map(({ kind }) => kind)).toEqual([
      'conflict',
      'cancelled',
      'created',
    ]);
  });

  test('moves between resources: it frees the one and occupies the other', () => {
    const kinds = outcomes(
      [appointment()],
      book({ resourceId: 'r2', updatedAt: moment(2) }),
      book({ ...other, resourceId: 'r1' }),
      book({ appointmentId: 'c', resourceId: 'r2' }),
    ).map(({ kind }) => kind);
    expect(kinds).toEqual(['updated', 'created', 'conflict']);
  });

  test('cannot swap places with another, because every step must be valid alone', () => {
    const standing = [appointment(), appointment({ id: 'b', ...at(1, 2) })];
    const swap = [
      book({ ...at(1, 2), updatedAt: moment(2) }),
      book({ appointmentId: 'b', ...at(0, 1), updatedAt: moment(2) }),
    ];
    expect(outcomes(standing, ...swap).map(({ kind }) => kind)).toEqual(['conflict', 'conflict']);
  });

  test('may have been created later than it was updated', () => {
    expect(outcomes([], book({ createdAt: moment(9), updatedAt: moment(1) }))).toEqual([
      { kind: 'created', version: 1 },
    ]);
  });

  test('of a cancelled id revives it as the next version', () => {
    const standing = appointment({ status: 'cancelled', version: 2 });
    const [decision] = decideOver([standing], book({ updatedAt: moment(3) }));
    expect(decision?.outcome).toEqual({ kind: 'updated', version: 3 });
    expect(decision?.written[0]?.status).toBe('booked');
  });

  test('of a cancelled id whose interval is now taken is a conflict', () => {
    const standing = [appointment({ status: 'cancelled' }), appointment({ id: 'b' })];
    expect(outcomes(standing, book({ updatedAt: moment(3) })).map(({ kind }) => kind)).toEqual(['conflict']);
  });
});

describe('a conflict', () => {
  function blockersOf(count: number, request: Request): string[] {
    const [outcome] = outcomes(hourlyAppointments(count), request);
    return outcome?.kind === 'conflict' ? outcome.conflictsWith.map(({ id }) => id) : [];
  }
  const ids = (count: number) => hourlyAppointments(count).map(({ id }) => id);

  test('names every blocker, by start, while they are few', () => {
    expect(blockersOf(CONFLICTS_NAMED_MAX, book({ ...at(0, 24) }))).toEqual(ids(CONFLICTS_NAMED_MAX));
  });

  test('names the first CONFLICTS_NAMED_MAX of many', () => {
    expect(blockersOf(CONFLICTS_NAMED_MAX + 5, book({ ...at(0, 24) }))).toEqual(ids(CONFLICTS_NAMED_MAX));
  });

  test('does not count the appointment itself', () => {
    const named = blockersOf(CONFLICTS_NAMED_MAX + 5, book({ appointmentId: 'f0', ...at(0, 24) }));
    expect(named).toEqual(ids(CONFLICTS_NAMED_MAX + 1).slice(1));
  });
});

describe('a cancel', () => {
  test('that is newer frees the interval and keeps the other facts', () => {
    const standing = appointment({ version: 2, metadata: '{"guest":"Ada"}' });
    const [decision, next] = decideOver([standing], cancel(), book(other));
    expect(decision?.outcome).toEqual({ kind: 'cancelled', version: 3 });
    expect(decision?.written).toEqual([
      { ...standing, status: 'cancelled', updatedAt: moment(2), version: 3 },
    ]);
    expect(next?.outcome).toEqual({ kind: 'created', version: 1 });
  });

  test('of an unknown id is not found and leaves nothing: a later book creates, older or not', () => {
    expect(outcomes([], cancel({ updatedAt: moment(5) }), book({ updatedAt: moment(1) }))).toEqual([
      { kind: 'not-found' },
      { kind: 'created', version: 1 },
    ]);
  });

  test.each([
    ['older', moment(4)],
    ['equally old', moment(5)],
  ])('that is %s is stale', (_, updatedAt) => {
    const standing = appointment({ updatedAt: moment(5), version: 3 });
    expect(outcomes([standing], cancel({ updatedAt }))).toEqual([{ kind: 'ignored-stale', version: 3 }]);
  });

  test('of a cancelled one, when newer, is one more version', () => {
    const standing = appointment({ status: 'cancelled', version: 2 });
    expect(outcomes([standing], cancel())).toEqual([{ kind: 'cancelled', version: 3 }]);
  });

  test('beats every book that is not newer and arrives later', () => {
    const late = [
      book({ updatedAt: moment(1) }),
      book({ updatedAt: moment(2) }),
      book({ updatedAt: moment(3) }),
    ];
    expect(outcomes([appointment({ updatedAt: moment(0) })], cancel(), ...late)).toEqual([
      { kind: 'cancelled', version: 2 },
      { kind: 'ignored-stale', version: 2 },
      { kind: 'ignored-stale', version: 2 },
      { kind: 'updated', version: 3 },
    ]);
  });
});

const held = { status: 'held', heldUntil: moment(9) } as const;

describe('a hold', () => {
  test('occupies its interval like a booking, until its end is written down', () => {
    const [decision, next] = decideOver([], book({ heldUntil: moment(9) }), book(other));
    expect(decision?.outcome).toEqual({ kind: 'created', version: 1 });
    expect(decision?.written).toEqual([appointment(held)]);
    expect(next?.outcome.kind).toBe('conflict');
  });

  test('ends when the appointment is booked again', () => {
    const [decision] = decideOver([appointment(held)], book({ updatedAt: moment(2) }));
    expect(decision?.written).toEqual([appointment({ updatedAt: moment(2), version: 2 })]);
  });

  test('may be held for longer by a newer book', () => {
    const [decision] = decideOver([appointment(held)], book({ updatedAt: moment(2), heldUntil: moment(12) }));
    expect(decision?.written[0]).toMatchObject({ status: 'held', heldUntil: moment(12), version: 2 });
  });

  test('is cancelled like a booking', () => {
    const [decision, next] = decideOver([appointment(held)], cancel(), book(other));
    expect(decision?.written).toEqual([
      appointment({ status: 'cancelled', updatedAt: moment(2), version: 2 }),
    ]);
    expect(next?.outcome).toEqual({ kind: 'created', version: 1 });
  });
});

describe('a confirm', () => {
  test('of a held one books it, and changes nothing else', () => {
    const standing = appointment({ ...held, metadata: '{"guest":"Ada"}', version: 3 });
    const [decision] = decideOver([standing], confirm());
    expect(decision?.outcome).toEqual({ kind: 'confirmed', version: 4 });
    expect(decision?.written).toEqual([{ ...standing, status: 'booked', heldUntil: null, version: 4 }]);
  });

  test('of a booked one changes nothing', () => {
    expect(decideOver([appointment({ version: 3 })], confirm())).toMatchObject([
      { outcome: { kind: 'ignored-stale', version: 3 }, written: [] },
    ]);
  });

  test.each(['cancelled', 'expired'] as const)('of a %s one finds nothing held', (status) => {
    expect(decideOver([appointment({ status, version: 3 })], confirm())).toMatchObject([
      { outcome: { kind: 'not-held', version: 3 }, written: [] },
    ]);
  });

  test('of an unknown id is not found', () => {
    expect(outcomes([], confirm())).toEqual([{ kind: 'not-found' }]);
  });

  test('that comes before the expiry wins, and after it loses', () => {
    expect(outcomes([appointment(held)], confirm(), expire())).toEqual([
      { kind: 'confirmed', version: 2 },
      { kind: 'ignored-stale', version: 2 },
    ]);
    expect(outcomes([appointment(held)], expire(), confirm())).toEqual([
      { kind: 'expired', version: 2 },
      { kind: 'not-held', version: 2 },
    ]);
  });
});

describe('an expiry', () => {
  test('of the version that is held frees its interval, and changes nothing else', () => {
    const standing = appointment({ ...held, version: 3 });
    const [decision, next] = decideOver([standing], expire({ version: 3 }), book(other));
    expect(decision?.outcome).toEqual({ kind: 'expired', version: 4 });
    expect(decision?.written).toEqual([{ ...standing, status: 'expired', heldUntil: null, version: 4 }]);
    expect(next?.outcome).toEqual({ kind: 'created', version: 1 });
  });

  test.each([
    ['an earlier version', { ...held, version: 4 }],
    ['a later version', { ...held, version: 2 }],
    ['one that is booked', { version: 3 }],
    ['one that expired', { status: 'expired', version: 3 }],
  ] as const)('of %s changes nothing', (_, facts) => {
    expect(decideOver([appointment(facts)], expire({ version: 3 }))).toMatchObject([
      { outcome: { kind: 'ignored-stale', version: facts.version }, written: [] },
    ]);
  });

  test('of an unknown id is not found', () => {
    expect(outcomes([], expire())).toEqual([{ kind: 'not-found' }]);
  });

  test('leaves an appointment that a newer book revives', () => {
    const standing = appointment({ status: 'expired', version: 2 });
    expect(outcomes([standing], book(), book({ updatedAt: moment(2) }))).toEqual([
      { kind: 'ignored-stale', version: 2 },
      { kind: 'updated', version: 3 },
    ]);
  });
});

describe('a request id', () => {
  const decided = new Map<string, Outcome>([['book-a', { kind: 'quarantined', detail: 'unreadable' }]]);

  test('that was decided before gets that outcome and writes nothing', () => {
    expect(decide({ appointments: [], decided }, [book()])).toEqual([
      {
        request: book(),
        outcome: { kind: 'quarantined', detail: 'unreadable' },
        written: [],
        isRepeat: true,
      },
    ]);
  });

  test('that comes twice in a group is decided once, whatever the second says', () => {
    const [first, second] = decide({ appointments: [], decided: new Map() }, [
      book(),
      book({ requestId: 'book-a', appointmentId: 'b', ...at(4, 5) }),
    ]);
    expect(first).toMatchObject({ outcome: { kind: 'created', version: 1 }, isRepeat: false });
    expect(second).toMatchObject({ outcome: { kind: 'created', version: 1 }, isRepeat: true });
    expect(second?.written).toEqual([]);
  });

  test('is remembered for refusals too', () => {
    const [, second] = decide({ appointments: [], decided: new Map() }, [cancel(), cancel()]);
    expect(second).toMatchObject({ outcome: { kind: 'not-found' }, isRepeat: true });
  });

  test('is not added to the map of decided ones that was given', () => {
    const given = new Map<string, Outcome>();
    decide({ appointments: [], decided: given }, [book()]);
    expect(given.size).toBe(0);
  });

  test('of a batch is remembered for all of it', () => {
    const [first, second] = decide({ appointments: [], decided: new Map() }, [batch(book()), batch(book())]);
    expect(first).toMatchObject({ outcome: { kind: 'applied' }, isRepeat: false });
    expect(second).toMatchObject({ outcome: { kind: 'applied' }, written: [], isRepeat: true });
  });
});
