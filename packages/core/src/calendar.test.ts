import { describe, expect, test } from '@jest/globals';
import { appointment, hourlyAppointments, instant, slot } from '../test/requests.ts';
import type { Appointment } from './appointment.ts';
import { blockersToLoad, Calendar } from './calendar.ts';
import { CONFLICTS_NAMED_MAX } from './outcome.ts';

const interval = (start: number, end: number) => ({ start: slot(start), end: slot(end) });
const idsOf = (appointments: readonly Appointment[]) => appointments.map(({ id }) => id);

describe('blockersToLoad', () => {
  test('is what a conflict names, the request itself, and one for each other wish', () => {
    expect(blockersToLoad(0)).toBe(CONFLICTS_NAMED_MAX + 1);
    expect(blockersToLoad(7)).toBe(CONFLICTS_NAMED_MAX + 8);
  });
});

describe('Calendar', () => {
  test('finds what it was given, live or cancelled, and nothing else', () => {
    const cancelled = appointment({ id: 'b', status: 'cancelled' });
    const calendar = new Calendar([appointment(), cancelled]);
    expect(calendar.find('b')).toBe(cancelled);
    expect(calendar.find('c')).toBeUndefined();
  });

  test('names blockers by start, whatever the order they were loaded in', () => {
    const calendar = new Calendar(hourlyAppointments(5).reverse());
    expect(idsOf(calendar.blockers('r1', interval(1, 4), new Set(['new'])))).toEqual(['f1', 'f2', 'f3']);
  });

  test('counts an appointment that was loaded twice once', () => {
    const calendar = new Calendar([appointment(), appointment()]);
    expect(idsOf(calendar.blockers('r1', interval(0, 1), new Set(['new'])))).toEqual(['a']);
    calendar.put(appointment({ status: 'cancelled', version: 2 }));
    expect(calendar.blockers('r1', interval(0, 1), new Set(['new']))).toEqual([]);
  });

  test('finds a long appointment that started before', () => {
    const calendar = new Calendar([appointment({ ...interval(0, 9) })]);
    expect(idsOf(calendar.blockers('r1', interval(5, 6), new Set(['new'])))).toEqual(['a']);
  });

  test.each([
    ['ends one millisecond after the start', interval(0, 1), { start: instant(slot(1) - 1), end: slot(2) }],
    ['starts one millisecond before the end', interval(1, 2), { start: slot(0), end: instant(slot(1) + 1) }],
  ])('finds an appointment that %s', (_, standing, wanted) => {
    const calendar = new Calendar([appointment(standing)]);
    expect(idsOf(calendar.blockers('r1', wanted, new Set(['new'])))).toEqual(['a']);
  });

  test('leaves out cancelled appointments, other resources and the excluded one', () => {
    const calendar = new Calendar([
      appointment({ id: 'cancelled', status: 'cancelled' }),
      appointment({ id: 'elsewhere', resourceId: 'r2' }),
      appointment({ id: 'itself' }),
    ]);
    expect(calendar.blockers('r1', interval(0, 1), new Set(['itself']))).toEqual([]);
    expect(calendar.blockers('unheard-of', interval(0, 1), new Set(['itself']))).toEqual([]);
  });

  test('a moved appointment blocks where it went and no longer where it was', () => {
    const calendar = new Calendar(hourlyAppointments(3));
    calendar.put(appointment({ id: 'f0', ...interval(5, 6), version: 2 }));
    expect(calendar.blockers('r1', interval(0, 1), new Set(['new']))).toEqual([]);
    expect(idsOf(calendar.blockers('r1', interval(0, 9), new Set(['new'])))).toEqual(['f1', 'f2', 'f0']);
  });

  test('a version put between two others is found between them', () => {
    const calendar = new Calendar([
      appointment({ id: 'first', ...interval(0, 1) }),
      appointment({ id: 'last', ...interval(2, 3) }),
    ]);
    calendar.put(appointment({ id: 'middle', ...interval(1, 2) }));
    expect(idsOf(calendar.blockers('r1', interval(0, 3), new Set(['new'])))).toEqual([
      'first',
      'middle',
      'last',
    ]);
    expect(idsOf(calendar.blockers('r1', interval(1, 2), new Set(['new'])))).toEqual(['middle']);
  });

  test('two versions that swap their places are put at once', () => {
    const calendar = new Calendar(hourlyAppointments(3));
    calendar.put(
      appointment({ id: 'f0', ...interval(2, 3), version: 2 }),
      appointment({ id: 'f2', ...interval(0, 1), version: 2 }),
    );
    expect(idsOf(calendar.blockers('r1', interval(0, 9), new Set()))).toEqual(['f2', 'f1', 'f0']);
  });

  test('walks the appointments of a resource from an instant, either way', () => {
    const calendar = new Calendar(hourlyAppointments(4));
    expect(idsOf([...calendar.startingBefore('r1', slot(2))])).toEqual(['f1', 'f0']);
    expect(idsOf([...calendar.startingFrom('r1', slot(2))])).toEqual(['f2', 'f3']);
    const midway = instant(slot(1) + 1);
    expect(idsOf([...calendar.startingBefore('r1', midway)])).toEqual(['f1', 'f0']);
    expect(idsOf([...calendar.startingFrom('r1', midway)])).toEqual(['f2', 'f3']);
    expect([...calendar.startingBefore('r2', slot(2)), ...calendar.startingFrom('r2', slot(2))]).toEqual([]);
  });
});
