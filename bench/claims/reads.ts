// How reads grow: each on an org with a million appointments and on one with a thousand, in turn, each org in a separate
// database. The long calendar covers a longer time than the short one and is no denser, and every read returns as much
// in both.

import { openDatabase } from '@slotline/db';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { median } from '../figures/middle.ts';
import { fillCalendar, recordedAtMs, type Calendar } from '../load/calendar.ts';
import { CALENDAR_READS, type CalendarRead, type Site } from './calendar-reads.ts';
import { cpuOfThreadMicroseconds } from '../stage/cpu-time.ts';
import { alternate } from './rounds.ts';

const RESOURCES = 50;
const LONG = { orgId: 'long', resources: RESOURCES, appointments: 1_000_000 };
const SHORT = { orgId: 'short', resources: RESOURCES, appointments: 1_000 };

/** The time of a round is shared by all reads, and each is made so often at least. */
const CALLS_MIN = 15;
const WARM_UP_CALLS = 10;

export const reads: Benchmark = {
  name: 'reads',
  summary: 'CPU of each list and as-of read with 1,000,000 appointments in the org, against 1,000',
  run: (run) => measureReads(run, LONG, SHORT),
};

/** One figure a read: its cost in the long calendar against its cost in the short one. */
export async function measureReads(
  run: BenchmarkRun,
  long: Calendar,
  short: Calendar,
): Promise<readonly Figure[]> {
  const [theirs, ours] = [await openSite(run, short), await openSite(run, long)];
  const figures: Figure[] = [];
  for (const read of CALENDAR_READS) {
    const seconds = run.seconds / CALENDAR_READS.length;
    await assertComparable(read, [ours, theirs]);
    for (const site of [ours, theirs]) await cost(read, site, { seconds: 0, callsMin: WARM_UP_CALLS });
    const found = await alternate([ours, theirs], run.rounds, (site) =>
      cost(read, site, { seconds, callsMin: CALLS_MIN }),
    );
    figures.push({
      name: read.name,
      unit: 'µs CPU/read',
      reference: `${short.appointments.toLocaleString('en-US')} appointments`,
      ours: found.get(ours) ?? [],
      theirs: found.get(theirs) ?? [],
      goal: 1.5,
    });
    run.report(read.name);
  }
  return figures;
}

async function openSite({ stage, report }: BenchmarkRun, calendar: Calendar): Promise<Site> {
  const database = await stage.stores.createDatabase();
  stage.onClear(database.drop);
  report(`filling ${calendar.appointments} appointments`);
  await fillCalendar(database.url, calendar);
  const db = openDatabase({ url: database.url, poolMax: 1 });
  stage.onClear(() => db.close());
  const { rows } = await db.pool.query<{ versions: number }>(
    'select count(*) as versions from appointment_versions',
  );
  const versions = rows[0]?.versions ?? 0;
  return {
    db,
    calendar,
    earlyMs: await recordedAtMs(database.url, calendar, 1_000),
    middleMs: await recordedAtMs(database.url, calendar, Math.ceil(versions / 2)),
  };
}

/** What a page costs is to be compared with what a page costs. */
async function assertComparable({ name, read }: CalendarRead, sites: readonly Site[]): Promise<void> {
  const found = await Promise.all(sites.map(read));
  if (new Set(found).size > 1) throw new Error(`"${name}" finds ${found.join(' and ')}`);
}

/** The median cost of sequential calls, made for a minimum time and in a minimum number. */
async function cost(
  { read }: CalendarRead,
  site: Site,
  { seconds, callsMin }: { seconds: number; callsMin: number },
): Promise<number> {
  const found: number[] = [];
  const pid = await backendOf(site);
  const endAt = performance.now() + seconds * 1_000;
  while (found.length < callsMin || performance.now() < endAt) {
    const before = await cpuOfThreadMicroseconds(pid);
    await read(site);
    found.push((await cpuOfThreadMicroseconds(pid)) - before);
  }
  return median(found);
}

/** The process behind the one connection, which is another one after it idled for long. */
async function backendOf({ db }: Site): Promise<number> {
  const { rows } = await db.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}
