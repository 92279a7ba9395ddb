import { expect, it } from '@jest/globals';
import { Backlog } from './backlog.ts';

function setup() {
  let at = 0;
  const backlog = new Backlog(() => at);
  /** Units leave one each `everyMs`, and arrive at the same rate. */
  const flow = (count: number, everyMs: number) => {
    for (let one = 0; one < count; one++) {
      at += everyMs;
      backlog.enter(1);
      backlog.leave(1);
    }
  };
  return { backlog, flow, pause: (ms: number) => void (at += ms) };
}

it('expects a wait of the backlog divided by its rate', () => {
  const { backlog, flow } = setup();
  backlog.enter(500);
  flow(1_000, 1);
  expect(backlog.expectedMs()).toBeCloseTo(500, 0);
  backlog.drop(400);
  expect(backlog.expectedMs()).toBeCloseTo(100, 0);
});

it('expects no wait before it has a rate, and then at least the time since the last unit left', () => {
  const { backlog, flow, pause } = setup();
  backlog.enter(1_000_000);
  expect(backlog.expectedMs()).toBe(0);
  pause(70);
  expect(backlog.expectedMs()).toBe(70);
  flow(1, 1);
  expect(backlog.expectedMs()).toBe(0);
});

it('keeps nine tenths of its rate after a single pause', () => {
  const { backlog, flow, pause } = setup();
  backlog.enter(500);
  flow(1_000, 1);
  pause(2_000);
  flow(1, 1);
  expect(backlog.expectedMs()).toBeLessThan(500 / 0.89);
});

it('learns a higher rate at once and a lower one slowly', () => {
  const { backlog, flow } = setup();
  backlog.enter(500);
  flow(200, 10);
  flow(1_000, 1);
  expect(backlog.expectedMs()).toBeCloseTo(500, 0);
  flow(1_000, 10);
  expect(backlog.expectedMs()).toBeGreaterThan(4_000);
});

it('does not measure a process that is idle between arrivals', () => {
  const { backlog, flow } = setup();
  flow(1_000, 10);
  backlog.enter(1_000);
  expect(backlog.expectedMs()).toBe(0);
});
