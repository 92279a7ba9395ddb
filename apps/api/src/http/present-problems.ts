// The problems of a batch's refused items, in order and within a byte limit. Every refused item has its
// status; the first ones also list their errors.

import type { Problem, ShortProblem } from '@slotline/contract';
import { toProblem, type ProblemError } from './problem-error.ts';

/**
 * Byte limit of all problems in one answer to a batch, as JSON. With the document around them it stays within
 * 64 kB.
 */
export const BATCH_PROBLEMS_BYTES_MAX = 63 * 1024;

/** A short problem with a count of five digits and the comma after it. */
const SHORT_BYTES_MAX = '{"status":400,"moreErrors":99999},'.length;

export type ItemProblem = Problem | ShortProblem;

export function presentProblems(refused: readonly ProblemError[], traceId: string): ItemProblem[] {
  let bytesLeft = BATCH_PROBLEMS_BYTES_MAX - refused.length * SHORT_BYTES_MAX;
  return refused.map(({ code, options }) => {
    const problem = toProblem(code, options, traceId);
    // The size of a complete problem beyond the short one that is already reserved.
    const bytes = bytesLeft > 0 ? Buffer.byteLength(JSON.stringify(problem)) + 1 - SHORT_BYTES_MAX : 0;
    if (bytes < bytesLeft) {
      bytesLeft -= bytes;
      return problem;
    }
    bytesLeft = 0;
    return shorten(problem);
  });
}

function shorten({ status, errors = [], moreErrors = 0 }: Problem): ShortProblem {
  return { status, moreErrors: Math.max(1, errors.length + moreErrors) };
}
