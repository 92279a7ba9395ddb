import { expect, test } from '@jest/globals';

import type { Stores } from '../stage/stores.ts';
import type { GuardSection, Readings } from './guard.ts';
import { readAll, runGuards } from './run-guards.ts';
import { toLines } from './verdict-lines.ts';

/** No section uses them. */
const stores = {} as Stores;

function sectionOf(readings: readonly Readings[]): GuardSection & { taken: () => number } {
  let taken = 0;
  return { name: 'section', measure: () => Promise.resolve(readings[taken++] ?? {}), taken: () => taken };
}

const runOf = (section: GuardSection) => ({ stores, sections: [section], tries: 3, report: () => {} });

test('a section is read once when it holds', async () => {
  const section = sectionOf([{ a: 10 }]);
  expect(await runGuards(runOf(section), { a: 10 })).toMatchObject([{ name: 'a', isHeld: true }]);
  expect(section.taken()).toBe(1);
});

test('each guard of a section may hold in another try', async () => {
  const section = sectionOf([
    { a: 10, b: 99 },
    { a: 99, b: 10 },
  ]);
  const verdicts = await runGuards(runOf(section), { a: 10, b: 10 });
  expect(verdicts.map(({ isHeld }) => isHeld)).toEqual([true, true]);
  expect(section.taken()).toBe(2);
});

test('a guard that is over its baseline in every try fails', async () => {
  const section = sectionOf([{ a: 15 }, { a: 13 }, { a: 14 }, { a: 10 }]);
  const verdicts = await runGuards(runOf(section), { a: 10 });
  expect(verdicts).toEqual([{ name: 'a', now: 13, baseline: 10, isHeld: false }]);
  expect(toLines(verdicts)).toEqual(['LOST  a  13.0  baseline 10.0, +30 %']);
});

test('a new baseline is made of all tries, held or not', async () => {
  expect(await readAll(runOf(sectionOf([{ a: 1 }, { a: 2 }, { a: 3 }])))).toEqual([
    { a: 1 },
    { a: 2 },
    { a: 3 },
  ]);
});

test('a guard far below its baseline suggests a new baseline', () => {
  const lines = toLines([
    { name: 'bytes', now: 1_234, baseline: 5_000, isHeld: true },
    { name: 'new', now: 0.5, baseline: undefined, isHeld: false },
  ]);
  expect(lines).toEqual([
    'held  bytes  1,234  baseline 5,000, -75 %, worth a renewal',
    'LOST  new    0.500  has no baseline',
  ]);
});
