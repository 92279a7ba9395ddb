/**
 * A clock for a test that holds two things against each other in real time: it stands still while this process or
 * Redis does. On a machine that is busy elsewhere whoever waits by it is held up together, and so is never late.
 */
import type { Redis } from 'ioredis';
import { atEnd } from './setup.ts';

export interface StallingClock {
  sleep(ms: number): Promise<void>;
}

/** What one round through the event loop and Redis counts at most; on a machine that has time it takes about 1 ms. */
const ROUND_MS_MAX = 5;

/** Runs until the end of the test. Its milliseconds are never shorter than real ones. */
export function startStallingClock(redis: Redis): StallingClock {
  let nowMs = 0;
  let isOver = false;
  let sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];
  const wakeThoseDue = (): void => {
    const due = sleepers.filter(({ untilMs }) => untilMs <= nowMs);
    sleepers = sleepers.filter(({ untilMs }) => untilMs > nowMs);
    for (const { wake } of due) wake();
  };
  const run = async (): Promise<void> => {
    while (!isOver) {
      const beganAt = performance.now();
      await redis.ping();
      await new Promise((resolve) => setTimeout(resolve, 1));
      nowMs += Math.min(performance.now() - beganAt, ROUND_MS_MAX);
      wakeThoseDue();
    }
  };
  const running = run();
  atEnd(async () => {
    isOver = true;
    await running;
  });
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        sleepers.push({ untilMs: nowMs + ms, wake: resolve });
      }),
  };
}
