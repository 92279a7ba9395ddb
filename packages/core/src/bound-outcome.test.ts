import { describe, expect, test } from '@jest/globals';
import { appointment, batch, book, moment, slot } from '../test/requests.ts';
import type { Appointment } from './appointment.ts';
import { decide } from './decide.ts';
import { jsonBytesOf } from './json-bytes.ts';
import { CONFLICTS_NAMED_MAX, type Outcome } from './outcome.ts';
import type { Request } from './request.ts';

const LONG_ID_CHARS = 190;

/** Booked hours in a row, with ids of `idChars` characters. */
function hours(count: number, idChars: number, filler = 'x'): Appointment[] {
  return Array.from({ length: count }, (_, n) =>
    appointment({ id: `b${n}`.padEnd(idChars, filler), start: slot(n), end: slot(n + 1) }),
  );
}

/** Books the first `length` hours. */
function bookHours(appointmentId: string, length = CONFLICTS_NAMED_MAX + 2) {
  return book({ appointmentId, requestId: appointmentId, end: slot(length), updatedAt: moment(3) });
}

function decideAlone(standing: readonly Appointment[], request: Request): Outcome {
  const [decision] = decide({ appointments: standing, decided: new Map() }, [request]);
  if (decision === undefined) throw new Error('one request is one decision');
  return decision.outcome;
}

function itemsOf(outcome: Outcome) {
  if (outcome.kind !== 'refused') throw new Error(`refused, not ${outcome.kind}`);
  return outcome.outcomes.map((item) => {
    if (item.kind !== 'conflict') throw new Error(`conflict, not ${item.kind}`);
    return { named: item.conflictsWith.length, more: item.moreConflicts };
  });
}

describe('the conflict of a single book', () => {
  test('names the first ten blockers and counts none, when their ids are short', () => {
    const outcome = decideAlone(hours(12, 36), bookHours('new'));
    expect(outcome).toMatchObject({
      kind: 'conflict',
      conflictsWith: Array.from({ length: CONFLICTS_NAMED_MAX }, () => ({})),
    });
    expect(outcome).not.toHaveProperty('moreConflicts');
  });

  test('names as many as have 2 kB, the first in any case, and counts the others', () => {
    const outcome = decideAlone(hours(12, LONG_ID_CHARS, '\u20ac'), bookHours('new'));
    expect(outcome).toMatchObject({ conflictsWith: [{ start: slot(0) }, {}, {}], moreConflicts: 7 });
    const control = appointment({ id: '\u0001'.repeat(200), end: slot(1) });
    const others = hours(3, LONG_ID_CHARS, '\u20ac').slice(1);
    expect(decideAlone([control, ...others], bookHours('new'))).toMatchObject({
      conflictsWith: [{ id: control.id }, { start: slot(1) }],
      moreConflicts: 1,
    });
  });
});

describe('a refused batch', () => {
  const wishes = (count: number, idChars: number) =>
    Array.from({ length: count }, (_, n) => {
      const { requestId: _id, ...wish } = bookHours(`w${n}`.padEnd(idChars, 'x'));
      return wish;
    });

  test('that is small names all blockers', () => {
    const [item] = itemsOf(decideAlone(hours(3, 36), batch(...wishes(1, 36))));
    expect(item).toEqual({ named: 3, more: undefined });
  });

  test('names a first blocker of each item before a second one of any, and counts what it does not name', () => {
    const items = itemsOf(decideAlone(hours(12, 36), batch(...wishes(60, 36))));
    expect(items.map(({ named, more = 0 }) => named + more)).toEqual(items.map(() => CONFLICTS_NAMED_MAX));
    const named = items.map((item) => item.named);
    expect(named).toEqual(named.toSorted((a, b) => b - a));
    expect((named[0] ?? 0) - (named.at(-1) ?? 0)).toBeLessThanOrEqual(1);
    expect(named[0]).toBeGreaterThan(0);
  });

  test('of 200 items names the blockers of the first ones and says of the others how many there are', () => {
    const items = itemsOf(decideAlone(hours(12, 36), batch(...wishes(200, 36))));
    expect(items[0]?.named).toBe(1);
    expect(items.at(-1)).toEqual({ named: 0, more: CONFLICTS_NAMED_MAX });
  });

  test('gives the same outcome whatever it is decided together with', () => {
    const standing = hours(12, LONG_ID_CHARS);
    const requests = [bookHours('alone'), batch(...wishes(100, 40)), bookHours('b'.repeat(200))];
    const together = decide({ appointments: standing, decided: new Map() }, requests);
    expect(together.map(({ outcome }) => outcome)).toEqual(
      requests.map((request) => decideAlone(standing, request)),
    );
  });
});

test.each(['', 'plain', '"quoted\\"', '\u00e9\u20ac\ud83d\ude00', '\u0001\u001f'])(
  'the bytes of %j are those of its JSON in UTF-8',
  (text) => {
    expect(jsonBytesOf(text)).toBe(new TextEncoder().encode(JSON.stringify(text)).length);
  },
);
