// What a wish makes of its own appointment, whoever else stands in the way: the rules of newer, held and
// known. Equal is stale: the first accepted of two equal updates stands, so a resent request changes nothing.

import type { Appointment } from './appointment.ts';
import type { WishOutcome } from './outcome.ts';
import type { Book, Cancel, Wish } from './request.ts';

/** `next` is the version that the wish makes if it is granted; without it, it cannot be. */
export interface Verdict {
  readonly outcome: WishOutcome;
  readonly next?: Appointment;
}

/** Judges a wish against the appointment it names, as it stands. Overlap is left to the caller. */
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

// The client said nothing new about the appointment, so `updatedAt` stays. A confirmation of what is booked
// has reached its goal, which makes a repeated one harmless.
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
