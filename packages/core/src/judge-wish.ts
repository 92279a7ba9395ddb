// What a wish does to its own appointment, regardless of overlap: it must be newer, and the appointment known or held.
// An equal `updatedAt` is stale: the first accepted of two equal updates wins, so a resent request changes nothing.

import type { Appointment } from './appointment.ts';
import type { WishOutcome } from './outcome.ts';
import type { Book, Cancel, Wish } from './request.ts';

/** `next` is the version that a granted wish creates; absent if the wish cannot be granted. */
export interface Verdict {
  readonly outcome: WishOutcome;
  readonly next?: Appointment;
}

/** Judges a wish against the current version of its appointment. The caller checks overlap. */
export function judgeWish(current: Appointment | undefined, wish: Wish): Verdict {
  switch (wish.operation) {
    case 'book':
      return judgeBook(current, wish);
    case 'cancel':
      return judgeCancel(current, wish);
    case 'confirm':
      return judgeConfirm(current);
  }
}

function judgeBook(current: Appointment | undefined, book: Book): Verdict {
  if (current !== undefined && book.updatedAt <= current.updatedAt) return stale(current);
  const version = (current?.version ?? 0) + 1;
  return {
    outcome: { kind: version === 1 ? 'created' : 'updated', version },
    next: {
      id: book.appointmentId,
      resourceId: book.resourceId,
      start: book.start,
      end: book.end,
      createdAt: book.createdAt,
      updatedAt: book.updatedAt,
      status: book.heldUntil === null ? 'booked' : 'held',
      heldUntil: book.heldUntil,
      version,
      metadata: book.metadata,
    },
  };
}

function judgeCancel(current: Appointment | undefined, { updatedAt }: Cancel): Verdict {
  if (current === undefined) return { outcome: { kind: 'not-found' } };
  if (updatedAt <= current.updatedAt) return stale(current);
  const version = current.version + 1;
  return {
    outcome: { kind: 'cancelled', version },
    next: { ...current, updatedAt, status: 'cancelled', heldUntil: null, version },
  };
}

// A confirmation contains no new facts, so `updatedAt` stays. Confirming a booked appointment changes nothing, so
// repeating a confirmation is safe.
function judgeConfirm(current: Appointment | undefined): Verdict {
  if (current === undefined) return { outcome: { kind: 'not-found' } };
  if (current.status === 'booked') return stale(current);
  if (current.status !== 'held') return { outcome: { kind: 'not-held', version: current.version } };
  const version = current.version + 1;
  return {
    outcome: { kind: 'confirmed', version },
    next: { ...current, status: 'booked', heldUntil: null, version },
  };
}

function stale(current: Appointment): Verdict {
  return { outcome: { kind: 'ignored-stale', version: current.version } };
}
