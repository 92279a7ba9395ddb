// The import under faults: real processes import a file of traffic while some of them are killed, and the result
// must be exactly what the pure rules say. Runs on generated traffic; `pnpm chaos` also runs it on the real week of
// ../shared/data. Without faults the week is imported in reading-the-import.test.ts.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { makeTestFolder } from '@slotline/testkit';
import { PROJECT } from './app-process.ts';
import { Cluster } from './cluster.ts';
import { expectExact } from './expect-exact.ts';
import { generateTraffic } from './generate-traffic.ts';
import { runImport, type ImportRun } from './import-process.ts';

const WEEK = path.join(PROJECT, '../shared/data/office-appointments-2026-w13.ndjson.gz');
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 32);
/** `pnpm chaos`: on the real week as well, once with all kinds of faults and once with each kind alone. Takes minutes. */
const IS_LONG = process.env['CHAOS'] === 'long';
const MEMORY_MAX = 250 * 1024 * 1024;

interface Faults {
  readonly name: string;
  /** Resolves once the import is done. */
  inflict(cluster: Cluster, run: ImportRun): Promise<void>;
  /** What must have happened for the run to prove anything. */
  readonly happened: (faults: Cluster['faults']) => boolean;
}

interface Rhythm {
  readonly pauseMs: number;
  readonly faultsMax: number;
  readonly postgresAwayMs: number;
}

// Between two faults the service gets time to heal, and in the end it is left alone: endless faults faster than
// any recovery would only show that nothing happens while nothing works.
async function everySo(
  { pauseMs, faultsMax }: Rhythm,
  run: ImportRun,
  inflict: (round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < faultsMax; round++) {
    await delay(pauseMs);
    if (run.isDone()) return;
    await inflict(round);
  }
}

function oneKindAtATime(rhythm: Rhythm): readonly Faults[] {
  return [
    { name: 'without faults', inflict: async () => {}, happened: () => true },
    {
      name: 'while workers are killed in turn',
      inflict: (cluster, run) => everySo(rhythm, run, (round) => cluster.killWorker(round % 2)),
      happened: ({ workerKills }) => workerKills > 0,
    },
    {
      name: 'while Redis is killed and restarted',
      inflict: (cluster, run) => everySo(rhythm, run, () => cluster.killRedis()),
      happened: ({ redisKills }) => redisKills > 0,
    },
    {
      name: 'while the API is killed and restarted',
      inflict: (cluster, run) => everySo(rhythm, run, () => cluster.killApi()),
      happened: ({ apiKills }) => apiKills > 0,
    },
    {
      name: 'while PostgreSQL is away and the API goes on accepting',
      inflict: (cluster, run) =>
        everySo({ ...rhythm, faultsMax: 1 }, run, () => stopPostgres(cluster, run, rhythm)),
      happened: ({ postgresStops }) => postgresStops === 1,
    },
  ];
}

/** PostgreSQL goes once, early, so that it is over before the import is; each of the others again and again. */
function allKinds(rhythm: Rhythm): Faults {
  return {
    name: 'while workers, PostgreSQL, Redis and the API go away by turns',
    inflict: (cluster, run) => {
      const others = [
        () => cluster.killWorker(0),
        () => cluster.killRedis(),
        () => cluster.killApi(),
        () => cluster.killWorker(1),
      ];
      return everySo(rhythm, run, async (round) => {
        if (round === 1) await stopPostgres(cluster, run, rhythm);
        else await others[(round === 0 ? 0 : round - 1) % others.length]?.();
      });
    },
    happened: ({ workerKills, redisKills, apiKills, postgresStops }) =>
      workerKills > 1 && redisKills > 0 && apiKills > 0 && postgresStops === 1,
  };
}

async function stopPostgres(
  cluster: Cluster,
  run: ImportRun,
  { postgresAwayMs }: { postgresAwayMs: number },
): Promise<void> {
  await cluster.stopPostgres(async () => {
    await Promise.all([delay(postgresAwayMs), expectToAccept(cluster.url, 5)]);
  });
  expect(run.isDone()).toBe(false);
}

// Cancels of unknown ids in a separate org: they are accepted and leave no trace in the totals below.
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
    const [told] = await Promise.all([run.report, faults.inflict(cluster, run)]);
    await expectExact(cluster, { file, told });
    expect(faults.happened(cluster.faults)).toBe(true);
    const { api, workers } = cluster.peakMemory();
    expect(Math.max(api, ...workers)).toBeLessThan(MEMORY_MAX);
  } finally {
    codes = await cluster.stop();
  }
  expect(codes).toEqual([0, 0, 0]);
}

describe(`generated traffic (SEED=${SEED})`, () => {
  const rhythm = { pauseMs: 1_200, faultsMax: 4, postgresAwayMs: 6_000 };
  const importGenerated = async (faults: Faults, lines: number) => {
    const file = path.join(makeTestFolder('traffic'), 'traffic.ndjson');
    await importUnder(faults, generateTraffic(file, { lines, seed: SEED }));
  };

  it.each(oneKindAtATime(rhythm))(
    'comes out exactly right $name',
    (faults) => importGenerated(faults, 20_000),
    600_000,
  );

  // More lines, so that the import lasts until each kind has happened.
  const all = allKinds({ ...rhythm, faultsMax: 8 });
  it(`comes out exactly right ${all.name}`, () => importGenerated(all, 40_000), 600_000);
});

if (IS_LONG) {
  describe('the real week of 32 orgs', () => {
    const rhythm = { pauseMs: 1_500, faultsMax: 30, postgresAwayMs: 10_000 };
    it.each([allKinds(rhythm), ...oneKindAtATime(rhythm)])(
      'comes out exactly right $name',
      async (faults) => {
        if (!existsSync(WEEK)) throw new Error(`${WEEK} is missing: the week is not part of the repository`);
        await importUnder(faults, WEEK);
      },
      900_000,
    );
  });
}
