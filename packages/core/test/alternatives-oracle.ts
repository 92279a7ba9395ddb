// The nearest free intervals by brute force: every start on a grid is tried, one after the other, against every
// appointment. Written from the design document; all input must lie on the grid.

import { INSTANT_MAX, INSTANT_MIN, type Alternatives, type Appointment, type Book } from '../src/index.ts';
import { instant } from './requests.ts';

export interface Grid {
  readonly stepMs: number;
  /** Gives up on a side when this many appointments lie between the blockers and the alternative. */
  readonly scannedMax: number;
}

/** The alternatives of a book that conflicts with these appointments. */
export function findNaively(
  appointments: readonly Appointment[],
  asked: Book,
  { stepMs, scannedMax }: Grid,
): Alternatives {
  const others = appointments.filter(
    (other) =>
      (other.status === 'booked' || other.status === 'held') &&
      other.id !== asked.appointmentId &&
      other.resourceId === asked.resourceId,
  );
  const length = asked.end - asked.start;
  const isFree = (start: number) =>
    others.every((other) => other.end <= start || other.start >= start + length);
  const isBlocker = (other: Appointment) => other.end > asked.start && other.start < asked.end;
  const firstStart = Math.min(...others.filter(isBlocker).map(({ start }) => start));
  const lastEnd = Math.max(...others.filter(isBlocker).map(({ end }) => end));
  const lowest = Math.max(INSTANT_MIN, Math.min(...others.map(({ start }) => start)) - length);
  const highest = Math.min(INSTANT_MAX - length, Math.max(...others.map(({ end }) => end)));

  const isNear = (from: number, to: number) =>
    others.filter(({ start, end }) => start >= from && end <= to).length < scannedMax;
  const toInterval = (start: number) => ({ start: instant(start), end: instant(start + length) });
  let before: number | undefined;
  for (let start = asked.start - stepMs; before === undefined && start >= lowest; start -= stepMs) {
    if (isFree(start)) before = start;
  }
  let after: number | undefined;
  for (let start = asked.start + stepMs; after === undefined && start <= highest; start += stepMs) {
    if (isFree(start)) after = start;
  }
  return {
    ...(before !== undefined && isNear(before + length, firstStart) && { before: toInterval(before) }),
    ...(after !== undefined && isNear(lastEnd, after) && { after: toInterval(after) }),
  };
}
