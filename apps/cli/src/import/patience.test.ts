import { expect, test } from '@jest/globals';
import { Patience } from './patience.ts';

function setup() {
  const clock = { now: 1_000 };
  return { clock, patience: new Patience(300_000, () => clock.now) };
}

test('it is exhausted after the limit without an outcome, and each outcome renews it', () => {
  const { clock, patience } = setup();
  clock.now += 299_999;
  expect(patience.isExhausted).toBe(false);
  patience.renew();
  clock.now += 299_999;
  expect(patience.isExhausted).toBe(false);
  clock.now += 1;
  expect([patience.isExhausted, patience.waitedMs]).toEqual([true, 300_000]);
});

test('a wait that the service requested does not count as silence, also after outcomes during the wait', () => {
  const { clock, patience } = setup();
  patience.wait(600_000);
  patience.wait(1_000);
  clock.now += 10_000;
  patience.renew();
  expect([patience.askedMs, patience.waitedMs]).toEqual([590_000, 0]);
  clock.now += 590_000 + 299_999;
  expect([patience.askedMs, patience.isExhausted]).toEqual([0, false]);
  clock.now += 1;
  expect(patience.isExhausted).toBe(true);
});
