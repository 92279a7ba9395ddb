// The vocabulary of the core's tests: whole-hour slots of one day, and requests and appointments of which a
// test names only the facts it is about.

import type { Appointment } from '../src/appointment.ts';
import { toInstant, type Instant } from '../src/instant.ts';
import type {
  BatchRequest,
  BookRequest,
  CancelRequest,
  ConfirmRequest,
  ExpireRequest,
} from '../src/request.ts';

const HOUR_MS = 3_600_000;
const FIRST_SLOT_MS = Date.UTC(2030, 0, 1);

/** Converts a number to an instant; throws if it is not a valid one. */
export function instant(ms: number): Instant {
  const found = toInstant(ms);
  if (found === undefined) throw new RangeError(`${ms} is no instant`);
  return found;
}

/** The beginning of the n-th hour. */
export function slot(n: number): Instant {
  return instant(FIRST_SLOT_MS + n * HOUR_MS);
}

/** The n-th of the few values of `updatedAt`. */
export function moment(n: number): Instant {
  return instant(Date.UTC(2029, 11, 1) + n);
}

/** Books appointment `a` at `[slot 0, slot 1)` of resource `r1`, request `book-a`, by default. */
export function book(facts: Partial<BookRequest> = {}): BookRequest {
  const appointmentId = facts.appointmentId ?? 'a';
  return {
    operation: 'book',
    requestId: `book-${appointmentId}`,
    appointmentId,
    resourceId: 'r1',
    start: slot(0),
    end: slot(1),
    createdAt: moment(0),
    updatedAt: moment(1),
    heldUntil: null,
    metadata: null,
    ...facts,
  };
}

/** Cancels appointment `a` at moment 2, request `cancel-a`, by default. */
export function cancel(facts: Partial<CancelRequest> = {}): CancelRequest {
  const appointmentId = facts.appointmentId ?? 'a';
  return {
    operation: 'cancel',
    requestId: `cancel-${appointmentId}`,
    appointmentId,
    updatedAt: moment(2),
    ...facts,
  };
}

/** Confirms appointment `a`, request `confirm-a`, by default. */
export function confirm(facts: Partial<ConfirmRequest> = {}): ConfirmRequest {
  const appointmentId = facts.appointmentId ?? 'a';
  return { operation: 'confirm', requestId: `confirm-${appointmentId}`, appointmentId, ...facts };
}

/** Expires version 1 of appointment `a`, request `expire-a`, by default. */
export function expire(facts: Partial<ExpireRequest> = {}): ExpireRequest {
  const appointmentId = facts.appointmentId ?? 'a';
  return { operation: 'expire', requestId: `expire-${appointmentId}`, appointmentId, version: 1, ...facts };
}

/** An atomic batch of these wishes, request `batch`. */
export function batch(...wishes: BatchRequest['wishes']): BatchRequest {
  return { operation: 'batch', requestId: 'batch', wishes };
}

/** Version 1 of appointment `a`, live at `[slot 0, slot 1)` of `r1` since moment 1, by default. */
export function appointment(facts: Partial<Appointment> = {}): Appointment {
  return {
    id: 'a',
    resourceId: 'r1',
    start: slot(0),
    end: slot(1),
    createdAt: moment(0),
    updatedAt: moment(1),
    status: 'booked',
    heldUntil: null,
    version: 1,
    metadata: null,
    ...facts,
  };
}

/** `count` one-hour appointments in a row, `f0` in slot 0, `f1` in slot 1 …, as old as can be. */
export function hourlyAppointments(count: number): Appointment[] {
  return Array.from({ length: count }, (_, n) =>
    appointment({ id: `f${n}`, start: slot(n), end: slot(n + 1), updatedAt: moment(0) }),
  );
}
