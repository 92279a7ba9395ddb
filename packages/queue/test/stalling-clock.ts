/**
 * A clock for tests that compare two activities in real time: it stops while this process or Redis stalls. So
 * on a busy machine all waits on it are delayed together, and none is late relative to the others.
 */
import type { Redis } from 'ioredis';
import { atEnd } from './setup.ts';

export interface StallingClock {
  sleep(ms: number): Promise<void>;
}

/**
 * Maximum time counted for one round trip through the event loop and Redis; on an idle machine it takes about
 * 1 ms.
 */
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
