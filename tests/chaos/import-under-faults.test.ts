// The main job while machines die: a file of traffic is imported by real processes, parts of them are killed
// meanwhile, and exactly what the pure rules say must come out. Runs on generated traffic always, and on the
// real week of ../shared/data where a developer or CI has it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { makeTestFolder } from '@slotline/testkit';
import { PROJECT } from './app-process.ts';
import { Cluster } from './cluster.ts';
import { readFinalState } from './final-state.ts';
import { generateTraffic } from './generate-traffic.ts';
import { runImport, type ImportRun } from './import-process.ts';
import { expectedOf } from './oracle.ts';

const WEEK = path.join(PROJECT, '../shared/data/office-appointments-2026-w13.ndjson.gz');
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 32);
const MEMORY_MAX = 250 * 1024 * 1024;

interface Faults {
  readonly name: string;
  /** Ends by itself once the import is done. */
  inflict(cluster: Cluster, run: ImportRun): Promise<void>;
  /** What must have happened for the run to prove anything. */
  readonly happened: (faults: Cluster['faults']) => boolean;
}

// Between two faults the service gets time to heal, and in the end it is left alone: endless faults faster than
// any recovery would only show that nothing happens while nothing works.
function faultsEvery({ pauseMs, faultsMax }: { pauseMs: number; faultsMax: number }): readonly Faults[] {
  const every = async (run: ImportRun, inflict: (round: number) => Promise<void>) => {
    for (let round = 0; round < faultsMax; round++) {
      await delay(pauseMs);
      if (run.isDone()) return;
      await inflict(round);
    }
  };
  return [
    { name: 'without faults', inflict: async () => {}, happened: () => true },
    {
      name: 'while workers are killed in turn',
      inflict: (cluster, run) => every(run, (round) => cluster.killWorker(round % 2)),
      happened: ({ workerKills }) => workerKills > 0,
    },
    {
      name: 'while Redis is killed and restarted',
      inflict: (cluster, run) => every(run, () => cluster.killRedis()),
      happened: ({ redisKills }) => redisKills > 0,
    },
    {
      name: 'while the API is killed and restarted',
      inflict: (cluster, run) => every(run, () => cluster.killApi()),
      happened: ({ apiKills }) => apiKills > 0,
    },
    {
      name: 'while PostgreSQL is away and the API goes on accepting',
      inflict: async (cluster, run) => {
        await delay(pauseMs);
        await cluster.stopPostgres(async () => {
          await Promise.all([delay(5 * pauseMs), expectToAccept(cluster.url, 5)]);
        });
        expect(run.isDone()).toBe(false);
      },
      happened: ({ postgresStops }) => postgresStops === 1,
    },
  ];
}

// Cancels of unknown ids in an org of their own: they are accepted and leave no trace in the totals below.
async function expectToAccept(url: string, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    const answer = await fetch(`${url}/api/appointments/nobody?orgId=while-postgres-is-away`, {
      method: 'DELETE',
    });
    expect(answer.status).toBe(202);
  }
}

async function importUnder(faults: Faults, file: string): Promise<void> {
  const cluster = await Cluster.start({ workers: 2 });
  let codes: (number | null)[] = [];
  try {
    const run = runImport(file, cluster.url);
    const [report] = await Promise.all([run.report, faults.inflict(cluster, run)]);
    const expected = await expectedOf(file);
    const final = await readFinalState(cluster);
    expect(final.violations).toEqual([]);
    for (const [orgId, steps] of expected.order) {
      expect(firstDifference(final.order.get(orgId) ?? [], steps)).toBeUndefined();
    }
    expect(report.outcomes).toEqual(expected.outcomes);
    expect(final.live).toEqual(expected.live);
    expect(final.mailboxes).toEqual([]);
    expect(faults.happened(cluster.faults)).toBe(true);
    const { api, workers } = cluster.peakMemory();
    expect(Math.max(api, ...workers)).toBeLessThan(MEMORY_MAX);
  } finally {
    codes = await cluster.stop();
  }
  expect(codes).toEqual([0, 0, 0]);
}

/** Where two orders part, with what came before and after; the whole lists are too long to read. */
function firstDifference(found: readonly string[], expected: readonly string[]): object | undefined {
  const at = expected.findIndex((step, index) => step !== found[index]);
  if (at === -1 && found.length === expected.length) return undefined;
  const around = (steps: readonly string[]) => steps.slice(Math.max(0, at - 2), at + 8);
  return { at, found: around(found), expected: around(expected) };
}

describe(`generated traffic (SEED=${SEED})`, () => {
  it.each(faultsEvery({ pauseMs: 1_200, faultsMax: 4 }))(
    'comes out exactly right $name',
    async (faults) => {
      const file = path.join(makeTestFolder('traffic'), 'traffic.ndjson');
      await importUnder(faults, generateTraffic(file, { lines: 20_000, seed: SEED }));
    },
    600_000,
  );
});

const week = existsSync(WEEK) ? describe : describe.skip; // the project must not need ../shared
const absent = existsSync(WEEK) ? '' : ' (skipped: ../shared/data is not beside this checkout)';

week(`the real week of 32 orgs${absent}`, () => {
  it.each(faultsEvery({ pauseMs: 2_000, faultsMax: 30 }))(
    'comes out exactly right $name',
    async (faults) => {
      await importUnder(faults, WEEK);
    },
    900_000,
  );
});
