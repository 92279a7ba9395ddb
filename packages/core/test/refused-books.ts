// Calendars for the search for alternatives, and books that are refused on them.

import fc from 'fast-check';
import {
  INSTANT_MAX,
  INSTANT_MIN,
  isLive,
  overlaps,
  type Appointment,
  type BookRequest,
} from '../src/index.ts';
import { appointment, book, instant, moment, slot } from './requests.ts';

/** A resource's appointments on a grid of instants, and a book that conflicts with one of them. */
export interface Refused {
  readonly stepMs: number;
  readonly appointments: readonly Appointment[];
  readonly asked: BookRequest;
}

const STATUSES = ['booked', 'booked', 'booked', 'held', 'cancelled', 'expired'] as const;
const GRID_STEPS = 48;
const STEP_MS = 900_000;

// In the middle of time, and at both of its ends, where there may be no room for an interval.
const origins = fc.constantFrom<number>(INSTANT_MIN, slot(0), INSTANT_MAX - GRID_STEPS * STEP_MS);

/** Random calendars: runs of appointments with and without gaps, some of them not live, one maybe the asked one. */
export const refusedBooks: fc.Arbitrary<Refused> = fc
  .record({
    origin: origins,
    runs: fc.array(
      fc.record({
        gap: fc.constantFrom(0, 0, 0, 1, 2, 3, 5),
        length: fc.constantFrom(1, 1, 1, 2, 4),
        status: fc.constantFrom(...STATUSES),
      }),
      { minLength: 1, maxLength: 24, size: 'max' },
    ),
    own: fc.nat(60),
    from: fc.nat(GRID_STEPS - 1),
    length: fc.constantFrom(1, 1, 2, 2, 3, 4, 7, 20),
  })
  .map(({ origin, runs, own: ownAt, from, length }) => {
    const at = (step: number) => instant(origin + Math.min(step, GRID_STEPS) * STEP_MS);
    let end = 0;
    const appointments = runs.flatMap((run, n) => {
      const start = end + run.gap;
      if (start >= GRID_STEPS) return [];
      end = start + run.length;
      const { status } = run;
      const heldUntil = status === 'held' ? moment(9) : null;
      return appointment({ id: `f${n}`, start: at(start), end: at(end), status, heldUntil });
    });
    const asked = book({
      appointmentId: `f${ownAt}`,
      start: at(from),
      end: at(from + length),
      updatedAt: moment(2),
    });
    return { stepMs: STEP_MS, appointments, asked };
  })
  .filter(
    ({ appointments, asked }) =>
      asked.end > asked.start &&
      appointments.some(
        (other) => isLive(other) && other.id !== asked.appointmentId && overlaps(other, asked),
      ),
  );
