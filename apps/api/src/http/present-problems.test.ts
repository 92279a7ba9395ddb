// However many errors a batch has, the answer stays small and reports every refused item.

import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '@slotline/contract';
import { BATCH_PROBLEMS_BYTES_MAX, presentProblems } from './present-problems.ts';
import { ProblemError } from './problem-error.ts';

const TRACE_ID = '0'.repeat(32);

function refused(length: number, errors: number): ProblemError[] {
  const error = {
    pointer: `/${'é'.repeat(100)}`,
    code: 'unknown-field',
    detail: 'Unknown field. Remove it or correct its name.',
  };
  const options = { errors: Array.from({ length: errors }, () => error), moreErrors: 7 };
  return Array.from({ length }, () => new ProblemError('invalid-request', options));
}

describe('the problems of a batch', () => {
  it.each([
    [1_000, 0],
    [1_000, 1],
    [1_000, 10],
    [100, 50],
  ])('of %i items with %i errors each stay within the limit, and each has its status', (items, errors) => {
    const problems = presentProblems(refused(items, errors), TRACE_ID);
    expect(Buffer.byteLength(JSON.stringify(problems))).toBeLessThanOrEqual(BATCH_PROBLEMS_BYTES_MAX + 1);
    expect(problems.map(({ status }) => status)).toEqual(Array(items).fill(400));
  });

  it('are complete while there is room, then short, with the number of unlisted errors', () => {
    const problems = presentProblems(refused(1_000, 10), TRACE_ID);
    const firstShort = problems.findIndex((item) => !('type' in item));
    expect(firstShort).toBeGreaterThan(1);
    expect(problems[0]).toMatchObject({ type: 'urn:slotline:problem:invalid-request', moreErrors: 7 });
    const short = { status: 400, moreErrors: 17 };
    expect(problems.slice(firstShort)).toEqual(problems.slice(firstShort).map(() => short));
  });

  it('are complete when there are few', () => {
    const codes = ['malformed-json', 'not-found', 'idempotency-key-reused'] as const;
    const problems = presentProblems(
      codes.map((code) => new ProblemError(code)),
      TRACE_ID,
    );
    expect(problems).toMatchObject(
      codes.map((code) => ({ title: PROBLEMS[code].title, instance: TRACE_ID })),
    );
  });
});
