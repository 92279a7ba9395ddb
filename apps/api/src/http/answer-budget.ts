// Limits the bytes of answers that a process holds at once, in total and per org. An answer is counted from
// before its rows are read until the client has it, so a slow reader uses only its org's share.

import { PAGE_BYTES_MAX } from '@slotline/db';
import type { Response } from 'express';
import type { Admitting } from '../admission/open-admission.ts';
import { onAnswerOver } from './on-answer-over.ts';
import { ProblemError } from './problem-error.ts';

/** The share of the budget that one org may hold. */
export const ANSWERS_ORG_SHARE = 1 / 4;
/**
 * How long an answer waits for room before it is refused. Answers that are read make room within
 * milliseconds.
 */
export const ANSWER_WAIT_MS_MAX = 3_000;
/** Holds the answers of operators: no org has this id. */
export const OPERATORS = '';
/** `Retry-After` of a refused answer, in seconds. */
const RETRY_AFTER_S = '2';

export interface Reservation {
  /** Sets the reservation to the answer's size once that is known; it may be larger. */
  resize(bytes: number): void;
  /** May be called more than once. */
  release(): void;
}

export interface AnswerBudget {
  /**
   * Reserves room for an answer of the org, synchronously if there is room. Resolves with `undefined` when
   * there was none for {@link ANSWER_WAIT_MS_MAX}.
   */
  reserve(orgId: string, bytes: number): Reservation | Promise<Reservation | undefined>;
  /** Bytes that are reserved now. */
  bytes(): number;
}

interface Waiter {
  readonly bytes: number;
  grant(): void;
}

export function createAnswerBudget({
  bytesMax,
  waitMs = ANSWER_WAIT_MS_MAX,
}: {
  readonly bytesMax: number;
  readonly waitMs?: number;
}): AnswerBudget {
  const orgBytesMax = bytesMax * ANSWERS_ORG_SHARE;
  const takenByOrg = new Map<string, number>();
  const waitersByOrg = new Map<string, Set<Waiter>>();
  let taken = 0;

  const fits = (orgId: string, bytes: number) =>
    taken + bytes <= bytesMax && (takenByOrg.get(orgId) ?? 0) + bytes <= orgBytesMax;
  const add = (orgId: string, bytes: number) => {
    taken += bytes;
    const ofOrg = (takenByOrg.get(orgId) ?? 0) + bytes;
    if (ofOrg === 0) takenByOrg.delete(orgId);
    else takenByOrg.set(orgId, ofOrg);
  };
  const grantWaiting = () => {
    for (const [orgId, waiters] of waitersByOrg) {
      for (const waiter of waiters) {
        if (!fits(orgId, waiter.bytes)) break;
        waiter.grant();
      }
    }
  };
  const take = (orgId: string, bytes: number): Reservation => {
    let held = bytes;
    add(orgId, held);
    const hold = (next: number) => {
      add(orgId, next - held);
      const isLess = next < held;
      held = next;
      if (isLess) grantWaiting();
    };
    let isReleased = false;
    return {
      resize: (next) => void (isReleased || hold(next)),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        hold(0);
      },
    };
  };
  const wait = (orgId: string, bytes: number) =>
    new Promise<Reservation | undefined>((resolve) => {
      const waiters = waitersByOrg.get(orgId) ?? new Set();
      waitersByOrg.set(orgId, waiters);
      const end = (reservation?: Reservation) => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (waiters.size === 0) waitersByOrg.delete(orgId);
        resolve(reservation);
      };
      const waiter: Waiter = { bytes, grant: () => end(take(orgId, bytes)) };
      const timer = setTimeout(end, waitMs);
      waiters.add(waiter);
    });

  return {
    bytes: () => taken,
    // Waiting answers of the org are served first, in their order.
    reserve: (orgId, bytes) =>
      !waitersByOrg.has(orgId) && fits(orgId, bytes) ? take(orgId, bytes) : wait(orgId, bytes),
  };
}

/** A reservation for an answer that is made in slices. */
export interface ReservedAnswer extends Reservation {
  /** Resolves when the next slice may be made. */
  nextTurn(): Promise<void>;
}

/** Units of a slice of an answer: about a millisecond of work, as some bookings take. */
const ANSWER_SLICE_UNITS = 4;

interface AnswerContext {
  readonly answers: AnswerBudget;
  readonly admission: Pick<Admitting, 'turn'>;
}

/**
 * Reserves room for an answer until it is sent or its client is gone. Throws the `overloaded` problem when
 * there is none; nothing has been read for the answer by then.
 */
export async function reserveAnswer(
  { answers, admission }: AnswerContext,
  { res, orgId, bytes = PAGE_BYTES_MAX }: { res: Response; orgId: string; bytes?: number },
): Promise<ReservedAnswer> {
  const reservation = await answers.reserve(orgId, bytes);
  if (reservation === undefined) throw noRoom();
  const stop = onAnswerOver(res, () => reservation.release());
  const release = () => {
    stop();
    reservation.release();
  };
  return { resize: reservation.resize, release, nextTurn: () => admission.turn(orgId, ANSWER_SLICE_UNITS) };
}

function noRoom(): ProblemError {
  return new ProblemError('overloaded', {
    detail:
      'Too many bytes of answers wait for their clients. Read the answers under way, then send this again.',
    headers: { 'Retry-After': RETRY_AFTER_S },
  });
}
