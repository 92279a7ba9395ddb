// Reserves room for an answer in the budget of the bytes that a process holds. An answer is counted from before
// its rows are read until the client has it, so a slow reader uses only its org's share.

import { PAGE_BYTES_MAX } from '@slotline/db';
import type { Response } from 'express';
import type { ReservedAnswer } from '../http/answer-list.ts';
import type { ByteBudget } from '../http/byte-budget.ts';
import { onAnswerOver } from '../http/on-answer-over.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Admitting } from './open-admission.ts';

/** Units of a slice of an answer: about a millisecond of work, as some bookings take. */
const ANSWER_SLICE_UNITS = 4;

interface AnswerContext {
  readonly answers: ByteBudget;
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
    headers: { 'Retry-After': '2' },
  });
}
