// The accept path must not depend on PostgreSQL: whatever a look-up does, accepting continues.

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { DecidedRecords, RECALL_PAUSE_MS, RECALL_TIMEOUT_MS, type Records } from './decided-records.ts';

const FOUND: Records = new Map([['a', {} as never]]);

beforeEach(() => {
  // Look-ups of one tick are gathered by a real setImmediate.
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Looks up as `answer` says and counts its calls. */
function counting(answer: () => Promise<Records>) {
  const asked: (readonly string[])[] = [];
  const records = new DecidedRecords((ids) => {
    asked.push(ids);
    return answer();
  });
  return { recall: (ids: readonly string[]) => records.recall(ids), asked };
}

it('requests that were decided before are recalled', async () => {
  const { recall, asked } = counting(async () => FOUND);
  expect(await recall(['a', 'b'])).toBe(FOUND);
  expect(asked).toEqual([['a', 'b']]);
});

it('no look-up runs when there is nothing to recall', async () => {
  const { recall, asked } = counting(async () => FOUND);
  expect([(await recall([])).size, asked]).toEqual([0, []]);
});

it('a look-up that times out recalls nothing, even if it answers later', async () => {
  let answerLate: (records: Records) => void = () => {};
  const { recall } = counting(() => new Promise((resolve) => (answerLate = resolve)));
  const recalled = recall(['a']);
  await jest.advanceTimersByTimeAsync(RECALL_TIMEOUT_MS);
  answerLate(FOUND);
  expect((await recalled).size).toBe(0);
});

it('after a failure look-ups are skipped for a while, and then tried again', async () => {
  let isAway = true;
  const { recall, asked } = counting(() =>
    isAway ? Promise.reject(new Error('away')) : Promise.resolve(FOUND),
  );
  expect((await recall(['a'])).size).toBe(0);
  await jest.advanceTimersByTimeAsync(RECALL_PAUSE_MS - 1);
  isAway = false;
  expect([(await recall(['a'])).size, asked.length]).toEqual([0, 1]);
  await jest.advanceTimersByTimeAsync(1);
  expect([await recall(['a']), asked.length]).toEqual([FOUND, 2]);
});

it('a look-up that answers in time clears its timer', async () => {
  const { recall } = counting(async () => FOUND);
  await recall(['a']);
  expect(jest.getTimerCount()).toBe(0);
});
