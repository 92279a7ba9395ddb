import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { keepFor } from './check-readiness.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a kept answer', () => {
  it('is read once for all callers during the read, however long it takes', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const read = jest.fn(() => promise);
    const ask = keepFor(1_000, read);
    const answers = [ask(), ask()];
    jest.advanceTimersByTime(60_000);
    answers.push(ask());
    resolve(7);
    expect(await Promise.all(answers)).toEqual([7, 7, 7]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('is kept from the end of its read until its time is over, then read again', async () => {
    let count = 0;
    const ask = keepFor(1_000, async () => (count += 1));
    expect(await ask()).toBe(1);
    jest.advanceTimersByTime(999);
    expect(await ask()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(await ask()).toBe(2);
  });

  it('is not kept after a failure', async () => {
    const read = jest
      .fn<() => Promise<number>>()
      .mockRejectedValueOnce(new Error('away'))
      .mockResolvedValue(1);
    const ask = keepFor(1_000, read);
    await expect(ask()).rejects.toThrow('away');
    expect(await ask()).toBe(1);
  });
});
