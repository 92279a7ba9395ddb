// The fuzzer on the whole service, as processes of its own: some hundred requests where somebody waits for the tests,
// 5,000 of every operation in CI. `pnpm fuzz` runs the same for as long as one likes.

import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import type { Auth } from './askers.ts';
import { describeFinding, describeResult } from './describe-run.ts';
import { runFuzz, type Extent, type FuzzResult } from './run-fuzz.ts';

const IS_CI = process.env['CI'] !== undefined && process.env['CI'] !== 'false';
// The same in every run: a change is not to fail for what chance finds in the ones before. Looking further is what
// `pnpm fuzz` is for.
const SEED = Number(process.env['SEED'] ?? 4_287_078_953);
/** Over eight minutes on two cores that do nothing else; beside the rest of the tests and on a slower machine several times that. */
const MINUTES_MAX = 40;
const EACH_IN_CI = 5_000;

async function run(seed: number, auth: Auth, extent: Extent): Promise<FuzzResult> {
  const result = await runFuzz({ seed, auth, extent });
  const { findings } = result.traffic;
  console.info(
    [...findings.map((one) => describeFinding(one, { seed, auth })), describeResult(result, seed)].join('\n'),
  );
  expect(findings.map(({ check, detail }) => `${check}: ${detail}`)).toEqual([]);
  return result;
}

it(
  'nothing that is sent is answered as it must not be, or leaves behind what it must not',
  async () => {
    const extent: Extent = IS_CI
      ? { kind: 'each-operation', count: EACH_IN_CI }
      : { kind: 'requests', count: 800 };
    const { traffic, marksFound } = await run(SEED, 'none', extent);
    const { tally, ledger } = traffic;
    // A run in which everything is refused, or nothing, would find nothing wrong either.
    expect(tally.validTaken).toBeGreaterThan(tally.valid / 2);
    expect(tally.mutatedRefused).toBeGreaterThan(tally.mutated / 2);
    expect(tally.timedOut).toBe(0);
    for (const found of [ledger.accepted.size, ledger.refused.size, marksFound])
      expect(found).toBeGreaterThan(20);
    const counts = [...tally.byOperation].filter(([id]) => id !== 'getMetrics').map(([, count]) => count);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(IS_CI ? EACH_IN_CI : 1);
  },
  MINUTES_MAX * 60_000,
);

it(
  'with keys, who may not ask is told so and nothing else',
  async () => {
    const extent: Extent = IS_CI
      ? { kind: 'each-operation', count: EACH_IN_CI / 10 }
      : { kind: 'requests', count: 800 };
    const { traffic } = await run(SEED, 'keys', extent);
    const { byStatus } = traffic.tally;
    for (const status of [200, 202, 401, 403]) expect(byStatus.get(status) ?? 0).toBeGreaterThan(10);
  },
  MINUTES_MAX * 60_000,
);

const KEPT = readFileSync(new URL('seeds.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' '))
  .map(([seed, auth, ...words]) => [Number(seed), auth as Auth, words.join(' ')] as const);

it.each(KEPT)(
  'seed %i with AUTH=%s does not find again: %s',
  async (seed, auth) => {
    await run(seed, auth, { kind: 'requests', count: IS_CI ? 6_000 : 300 });
  },
  MINUTES_MAX * 60_000,
);
