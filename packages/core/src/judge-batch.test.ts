import { describe, expect, test } from '@jest/globals';
import {
  appointment,
  batch,
  book,
  cancel,
  confirm,
  hourlyAppointments,
  moment,
  slot,
} from '../test/requests.ts';
import type { Appointment } from './appointment.ts';
import { decide } from './decide.ts';
import { CONFLICTS_NAMED_MAX } from './outcome.ts';
import type { Wish } from './request.ts';

const at = (start: number, end: number) => ({ start: slot(start), end: slot(end) });

/** Books the n-th of the hourly appointments for another hour. */
const move = (n: number, to: number) =>
  book({ appointmentId: `f${n}`, ...at(to, to + 1), updatedAt: moment(2) });

function decideBatch(standing: readonly Appointment[], ...wishes: readonly Wish[]) {
  const [decision] = decide({ appointments: standing, decided: new Map() }, [batch(...wishes)]);
  const { outcome, written = [] } = decision ?? {};
  const kinds =
    outcome !== undefined && 'outcomes' in outcome ? outcome.outcomes.map(({ kind }) => kind) : [];
  return { outcome, kinds, written };
}

describe('a batch is applied', () => {
  test('with the outcome of each wish, and a version for each, in order', () => {
    const standing = [...hourlyAppointments(2), appointment({ id: 'h', ...at(5, 6), status: 'held' })];
    const wishes = [
      confirm({ appointmentId: 'h' }),
      book({ ...at(3, 4) }),
      cancel({ appointmentId: 'f0' }),
      move(1, 4),
    ];
    const { outcome, written } = decideBatch(standing, ...wishes);
    expect(outcome).toEqual({
      kind: 'applied',
      outcomes: [
        { appointmentId: 'h', kind: 'confirmed', version: 2 },
        { appointmentId: 'a', kind: 'created', version: 1 },
        { appointmentId: 'f0', kind: 'cancelled', version: 2 },
        { appointmentId: 'f1', kind: 'updated', version: 2 },
      ],
    });
    expect(written.map(({ id, version, status }) => [id, version, status])).toEqual([
      ['h', 2, 'booked'],
      ['a', 1, 'booked'],
      ['f0', 2, 'cancelled'],
      ['f1', 2, 'booked'],
    ]);
  });

  test.each([
    ['two swap places', [move(0, 1), move(1, 0)]],
    ['three rotate', [move(0, 1), move(1, 2), move(2, 0)]],
    ['one takes what another leaves, whatever their order', [move(0, 1), move(1, 7)]],
    ['one takes what a cancellation frees', [move(0, 1), cancel({ appointmentId: 'f1' })]],
  ])('when %s', (_, wishes) => {
    expect(decideBatch(hourlyAppointments(3), ...wishes).outcome?.kind).toBe('applied');
  });

  test('and what follows it meets the end state', () => {
    const state = { appointments: hourlyAppointments(2), decided: new Map() };
    const later = book({ appointmentId: 'late', ...at(0, 1) });
    const [, decision] = decide(state, [batch(move(0, 1), move(1, 0)), later]);
    expect(decision?.outcome).toMatchObject({ conflictsWith: [{ id: 'f1', version: 2 }] });
  });

  test('when it has no wishes', () => {
    expect(decideBatch([])).toMatchObject({ outcome: { kind: 'applied', outcomes: [] }, written: [] });
  });
});

describe('a batch is refused, and nothing written', () => {
  test.each([
    ['stale', move(0, 5), 'ignored-stale', { updatedAt: moment(2) }],
    ['a repeated confirmation', confirm({ appointmentId: 'f0' }), 'ignored-stale', {}],
    ['about an unknown appointment', cancel({ appointmentId: 'nobody' }), 'not-found', {}],
    ['a confirmation too late', confirm({ appointmentId: 'f0' }), 'not-held', { status: 'expired' }],
  ] as const)('when one wish is %s', (_, wish, kind, facts) => {
    const [first, ...others] = hourlyAppointments(2);
    const standing = [{ ...appointment(first), ...facts }, ...others];
    const { outcome, kinds, written } = decideBatch(standing, wish, move(1, 4));
    expect(outcome?.kind).toBe('refused');
    expect(kinds).toEqual([kind, 'not-applied']);
    expect(written).toEqual([]);
  });

  test('when a book overlaps one that does not move, and names its current version', () => {
    const { outcome, written } = decideBatch(hourlyAppointments(3), move(0, 2), move(1, 0));
    const blocker = { id: 'f2', ...at(2, 3), version: 1 };
    expect(outcome).toEqual({
      kind: 'refused',
      outcomes: [
        { appointmentId: 'f0', kind: 'conflict', conflictsWith: [blocker] },
        { appointmentId: 'f1', kind: 'not-applied' },
      ],
    });
    expect(written).toEqual([]);
  });

  test('when two of its books overlap each other, and each names the other as it would be', () => {
    const { outcome } = decideBatch(
      hourlyAppointments(1),
      move(0, 4),
      book({ appointmentId: 'b', ...at(4, 5) }),
    );
    expect(outcome).toEqual({
      kind: 'refused',
      outcomes: [
        { appointmentId: 'f0', kind: 'conflict', conflictsWith: [{ id: 'b', ...at(4, 5), version: 1 }] },
        { appointmentId: 'b', kind: 'conflict', conflictsWith: [{ id: 'f0', ...at(4, 5), version: 2 }] },
      ],
    });
  });

  test('when a book wants the place of a hold that it confirms', () => {
    const standing = appointment({ id: 'h', status: 'held', heldUntil: moment(9) });
    const { outcome, kinds } = decideBatch([standing], confirm({ appointmentId: 'h' }), book());
    expect(kinds).toEqual(['not-applied', 'conflict']);
    expect(outcome).toMatchObject({ outcomes: [{}, { conflictsWith: [{ id: 'h', version: 2 }] }] });
  });

  test('and a wish that cannot be granted leaves its appointment where it was', () => {
    const stale = book({ appointmentId: 'f0', ...at(7, 8), updatedAt: moment(0) });
    const { kinds } = decideBatch(hourlyAppointments(2), stale, move(1, 0));
    expect(kinds).toEqual(['ignored-stale', 'conflict']);
  });

  test('when it contains one appointment twice', () => {
    const { outcome } = decideBatch([], book(), book({ ...at(3, 4), updatedAt: moment(2) }));
    expect(outcome).toEqual({
      kind: 'refused',
      outcomes: [
        { appointmentId: 'a', kind: 'not-applied' },
        { appointmentId: 'a', kind: 'ignored-stale', version: 1 },
      ],
    });
  });

  test('naming the first blockers by start, then by id, whether they exist already or only in the batch', () => {
    const standing = hourlyAppointments(CONFLICTS_NAMED_MAX + 2);
    const { outcome } = decideBatch(
      standing,
      book({ appointmentId: 'wide', ...at(0, 24) }),
      book({ appointmentId: 'wider', ...at(0, 24) }),
      move(1, 23),
    );
    const named = outcome?.kind === 'refused' ? outcome.outcomes[0] : undefined;
    const ids = named?.kind === 'conflict' ? named.conflictsWith.map(({ id }) => id) : [];
    expect(ids).toEqual(['f0', 'wider', ...standing.slice(2, CONFLICTS_NAMED_MAX).map(({ id }) => id)]);
  });

  test('whatever resource its wishes are about', () => {
    const { kinds } = decideBatch(
      [appointment({ id: 'b', resourceId: 'r2' })],
      book({ resourceId: 'r2' }),
      book({ appointmentId: 'c' }),
    );
    expect(kinds).toEqual(['conflict', 'not-applied']);
  });
});
