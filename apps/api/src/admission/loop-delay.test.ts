import { afterEach, expect, it } from '@jest/globals';
import { SAMPLE_MS, watchLoopDelay, type LoopDelayWatch } from './loop-delay.ts';

const watches: LoopDelayWatch[] = [];
afterEach(() => watches.splice(0).forEach((watch) => watch.stop()));

/** Collects samples; `next` resolves with the next one. */
function setup() {
  const samples: number[] = [];
  let hear: (delayMs: number) => void = () => undefined;
  const watch = watchLoopDelay((delayMs) => {
    samples.push(delayMs);
    hear(delayMs);
  });
  watches.push(watch);
  return { watch, samples, next: () => new Promise<number>((resolve) => (hear = resolve)) };
}

function keepBusy(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('reports every tick that takes longer than the sample interval', async () => {
  const { watch, samples } = setup();
  watch.wake();
  for (let tick = 0; tick < 4; tick++) {
    keepBusy(2 * SAMPLE_MS);
    await turn();
    watch.wake();
  }
  // The delay of the last tick is reported in the next sample.
  expect(samples.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...samples)).toBeGreaterThan(SAMPLE_MS);
});

it('reports the tick in which it is woken', async () => {
  const { watch, next } = setup();
  const first = next();
  watch.wake();
  keepBusy(2 * SAMPLE_MS);
  expect(await first).toBeGreaterThan(SAMPLE_MS);
});

it('sleeps when no request arrives, until it is woken', async () => {
  const { watch, samples, next } = setup();
  watch.wake();
  // A sample every 50 ms while it is awake; it sleeps after twenty of them.
  await new Promise((resolve) => setTimeout(resolve, 40 * SAMPLE_MS));
  const count = samples.length;
  expect(count).toBeLessThanOrEqual(20);
  const first = next();
  watch.wake();
  keepBusy(2 * SAMPLE_MS);
  expect(await first).toBeGreaterThan(SAMPLE_MS);
  expect(samples).toHaveLength(count + 1);
});
