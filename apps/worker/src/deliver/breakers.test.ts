import { expect, it } from '@jest/globals';
import { createBreakers } from './breakers.ts';

function open({ groupsMax = 10 } = {}) {
  let nowMs = 0;
  const breakers = createBreakers({
    timeoutsMax: 2,
    openMinMs: 5_000,
    openMaxMs: 300_000,
    probeMs: 15_000,
    groupsMax,
    now: () => nowMs,
  });
  return { ...breakers, passMs: (ms: number) => (nowMs += ms) };
}

const GO = { kind: 'go' };

it('a group opens after two failures in a row, and only that group', () => {
  const { admit, failed } = open();
  expect(admit('a')).toEqual(GO);
  expect(failed('a')).toBe(false);
  expect(admit('a')).toEqual(GO);
  expect(failed('a')).toBe(true);
  expect(admit('a')).toEqual({ kind: 'wait', forMs: 5_000 });
  expect(admit('b')).toEqual(GO);
});

it('a response between two failures keeps it closed', () => {
  const { admit, answered, failed } = open();
  failed('a');
  answered('a');
  expect(failed('a')).toBe(false);
  expect(admit('a')).toEqual(GO);
});

it('after the open time one probe post is admitted, and the others wait for its result', () => {
  const { admit, answered, failed, passMs } = open();
  failed('a');
  failed('a');
  passMs(4_999);
  expect(admit('a')).toEqual({ kind: 'wait', forMs: 1 });
  passMs(1);
  expect([admit('a'), admit('a')]).toEqual([GO, { kind: 'wait', forMs: 15_000 }]);
  answered('a');
  expect([admit('a'), admit('a')]).toEqual([GO, GO]);
});

it('the open time doubles each time up to a limit, and is reset by a response', () => {
  const { admit, answered, failed, openForMs, passMs } = open();
  failed('a');
  failed('a');
  const seen: number[] = [];
  for (let count = 0; count < 9; count++) {
    seen.push(openForMs('a'));
    passMs(openForMs('a'));
    expect(admit('a')).toEqual(GO);
    expect(failed('a')).toBe(true);
  }
  expect(seen).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  answered('a');
  failed('a');
  failed('a');
  expect(openForMs('a')).toBe(5_000);
});

it('failures of posts that were in flight when it opened do not extend the open time', () => {
  const { failed, openForMs } = open();
  expect([failed('a'), failed('a'), failed('a'), failed('a')]).toEqual([false, true, false, false]);
  expect(openForMs('a')).toBe(5_000);
});

it('a probe that was never posted leaves its place to the next post', () => {
  const { admit, failed, passMs, released } = open();
  failed('a');
  failed('a');
  passMs(5_000);
  expect(admit('a')).toEqual(GO);
  released('a');
  released('unknown');
  expect(admit('a')).toEqual(GO);
});

it('remembers only the latest groups, up to its limit', () => {
  const { failed, openForMs } = open({ groupsMax: 2 });
  for (const group of ['a', 'b', 'c']) {
    failed(group);
    failed(group);
  }
  expect(['a', 'b', 'c'].map((group) => openForMs(group))).toEqual([0, 5_000, 5_000]);
});
