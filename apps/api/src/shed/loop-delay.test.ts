import { afterEach, expect, it } from '@jest/globals';
import { SAMPLE_MS, watchLoopDelay, type LoopDelayWatch } from './loop-delay.ts';

const watches: LoopDelayWatch[] = [];
afterEach(() => watches.splice(0).forEach((watch) => watch.stop()));

/** Collects samples; `next` resolves with the next one. Never at rest. */
function setup() {
  const samples: number[] = [];
  let hear: (delayMs: number) => void = () => undefined;
  const watch = watchLoopDelay({
    onSample: (delayMs) => {
      samples.push(delayMs);
      hear(delayMs);
    },
    isAtRest: () => false,
  });
  watches.push(watch);
  return { watch, samples, next: () => new Promise<number>((resolve) => (hear = resolve)) };
}

function keepBusy(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('sees every tick that takes longer than the time between two samples', async () => {
  const { watch, samples } = setup();
  watch.wake();
  for (let tick = 0; tick < 4; tick++) {
    keepBusy(2 * SAMPLE_MS);
    await turn();
    watch.wake();
  }
  // What was late in the last tick is told in the next one.
  expect(samples.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...samples)).toBeGreaterThan(SAMPLE_MS);
});

it('sees the tick in which it is woken', async () => {
  const { watch, next } = setup();
  const first = next();
  watch.wake();
  keepBusy(2 * SAMPLE_MS);
  expect(await first).toBeGreaterThan(SAMPLE_MS);
});

it('goes on without anything to do until it may rest, then sleeps until it is woken', async () => {
  let isAtRest = false;
  let slept: () => void = () => undefined;
  const samples: number[] = [];
  const watch = watchLoopDelay({
    onSample: (delayMs) => void samples.push(delayMs),
    isAtRest: () => {
      if (samples.length > 30) isAtRest = true;
      if (isAtRest) setTimeout(() => slept(), 4 * SAMPLE_MS);
      return isAtRest;
    },
  });
  watches.push(watch);
  const asleep = new Promise<void>((resolve) => (slept = resolve));
  watch.wake();
  await asleep;
  const count = samples.length;
  expect(count).toBe(31);
  watch.wake();
  keepBusy(2 * SAMPLE_MS);
  await turn();
  await turn();
  expect(samples.length).toBeGreaterThan(count);
});
