import { describe, expect, test } from '@jest/globals';
import {
  appointment,
  batch,
  book,
  cancel,
  hourlyAppointments,
  instant,
  moment,
  slot,
} from '../test/requests.ts';
import { ALTERNATIVES_SCANNED_MAX, findAlternatives, withAlternatives } from './alternatives.ts';
import type { Appointment } from './appointment.ts';
import { decide } from './decide.ts';
import { INSTANT_MAX, INSTANT_MIN } from './instant.ts';
import type { Request } from './request.ts';

const at = (start: number, end: number) => ({ start: slot(start), end: slot(end) });

/** What the last request is offered. */
function offer(standing: readonly Appointment[], ...requests: readonly Request[]) {
  const own = requests.map((request, n) => ({ ...request, requestId: `q${n}` }));
  const decisions = decide({ appointments: standing, decided: new Map() }, own);
  return findAlternatives(standing, decisions).get(`q${own.length - 1}`);
}

describe('a conflict is offered', () => {
  test('the intervals that adjoin a single blocker', () => {
    const { alternatives } = offer([appointment({ id: 'b', ...at(3, 4) })], book(at(3, 5))) ?? {};
    expect(alternatives).toEqual({ before: at(1, 3), after: at(4, 6) });
  });

  test('the nearest gaps that are long enough, exactly long enough included', () => {
    const standing = [at(0, 1), at(3, 4), at(5, 6), at(7, 8), at(10, 11)].map((interval, n) =>
      appointment({ id: `b${n}`, ...interval }),
    );
    const { alternatives } = offer(standing, book(at(5, 7))) ?? {};
    expect(alternatives).toEqual({ before: at(1, 3), after: at(8, 10) });
  });

  test('nothing between its blockers, because it starts before and after them', () => {
    const standing = [at(2, 3), at(6, 7)].map((interval, n) => appointment({ id: `b${n}`, ...interval }));
    const { alternatives } = offer(standing, book(at(0, 8))) ?? {};
    expect(alternatives).toEqual({ before: at(-6, 2), after: at(7, 15) });
  });

  test('its own former place, on the same resource', () => {
    const standing = [...hourlyAppointments(2), appointment({ ...at(2, 3) })];
    const moved = book({ ...at(1, 2), updatedAt: moment(2) });
    expect(offer(standing, moved)?.alternatives).toEqual({ before: at(-1, 0), after: at(2, 3) });
  });

  test('what earlier requests of the list left free, and not what they took', () => {
    const standing = hourlyAppointments(3);
    const taken = book({ appointmentId: 'new', ...at(3, 4) });
    const { alternatives } =
      offer(standing, taken, cancel({ appointmentId: 'f0' }), book({ ...at(1, 2) })) ?? {};
    expect(alternatives).toEqual({ before: at(0, 1), after: at(4, 5) });
  });

  test('nothing where time ends', () => {
    const length = 10;
    const whole = { start: INSTANT_MIN, end: instant(INSTANT_MIN + length) };
    expect(offer([appointment({ id: 'b', ...whole })], book(whole))).toEqual({
      alternatives: { after: { start: whole.end, end: instant(whole.end + length) } },
      isGivenUp: false,
    });
    const last = { start: instant(INSTANT_MAX - length), end: INSTANT_MAX };
    expect(offer([appointment({ id: 'b', ...last })], book(last))).toEqual({
      alternatives: { before: { start: instant(last.start - length), end: last.start } },
      isGivenUp: false,
    });
  });

  test('the very first and the very last interval of time', () => {
    const length = 10;
    const standing = [{ start: instant(INSTANT_MIN + length), end: instant(INSTANT_MAX - length) }].map(
      (interval) => appointment({ id: 'b', ...interval }),
    );
    expect(offer(standing, book({ start: slot(0), end: instant(slot(0) + length) }))?.alternatives).toEqual({
      before: { start: INSTANT_MIN, end: instant(INSTANT_MIN + length) },
      after: { start: instant(INSTANT_MAX - length), end: INSTANT_MAX },
    });
  });

  test('nothing on a side where ALTERNATIVES_SCANNED_MAX appointments follow each other', () => {
    const many = ALTERNATIVES_SCANNED_MAX;
    const asked = (hour: number) => book(at(hour, hour + 1));
    const standing = hourlyAppointments(many + 1);
    expect(offer(standing, asked(0))).toEqual({ alternatives: { before: at(-1, 0) }, isGivenUp: true });
    expect(offer(standing, asked(1))).toEqual({
      alternatives: { before: at(-1, 0), after: at(many + 1, many + 2) },
      isGivenUp: false,
    });
    expect(offer(standing, asked(many))).toEqual({
      alternatives: { after: at(many + 1, many + 2) },
      isGivenUp: true,
    });
  });
});

describe('the alternatives go with', () => {
  test('the outcome of the conflict and of its repeats, and no other', () => {
    const standing = [appointment({ id: 'b' })];
    const refused = book();
    const requests = [refused, cancel({ appointmentId: 'x' }), refused, batch(book({ requestId: 'own' }))];
    const decisions = decide({ appointments: standing, decided: new Map() }, requests);
    const answered = withAlternatives(decisions, findAlternatives(standing, decisions));
    const alternatives = { before: at(-1, 0), after: at(1, 2) };
    expect(answered.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'conflict', alternatives },
      { kind: 'not-found' },
      { kind: 'conflict', alternatives },
      { kind: 'refused' },
    ]);
    expect(answered[3]).toBe(decisions[3]);
  });
});
