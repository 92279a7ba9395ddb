// How reads grow: each against an org with a million appointments and against one with a thousand, in turn, each org
// in a database of its own. The long calendar goes on for longer than the short one and is no denser, and every read
// has as much to give in the one as in the other.

import { openDatabase } from '@slotline/db';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { median } from '../figures/middle.ts';
import { fillCalendar, recordedAtMs, type Calendar } from '../load/calendar.ts';
import { CALENDAR_READS, type CalendarRead, type Site } from './calendar-reads.ts';
import { alternate } from './rounds.ts';

const RESOURCES = 50;
const LONG = { orgId: 'long', resources: RESOURCES, appointments: 1_000_000 };
const SHORT = { orgId: 'short', resources: RESOURCES, appointments: 1_000 };

/** The time of a round is shared by all reads, and each is made so often at least. */
const CALLS_MIN = 15;
const WARM_UP_CALLS = 10;

export const reads: Benchmark = {
  name: 'reads',
  summary: 'ms of each list and as-of read with 1,000,000 appointments in the org, against 1,000',
  run: (run) => measureReads(run, LONG, SHORT),
};

/** One figure a read: its time in the long calendar against its time in the short one. */
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
    for (const site of [ours, theirs]) await time(read, site, { seconds: 0, callsMin: WARM_UP_CALLS });
    const found = await alternate([ours, theirs], run.rounds, (site) =>
      time(read, site, { seconds, callsMin: CALLS_MIN }),
    );
    figures.push({
      name: read.name,
      unit: 'ms',
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
  const versions = await db.pool.query<{ count: number }>('select count(*) from appointment_versions');
  const middle = Math.ceil((versions.rows[0]?.count ?? 0) / 2);
  return {
    db,
    calendar,
    earlyMs: await recordedAtMs(database.url, calendar, 1_000),
    middleMs: await recordedAtMs(database.url, calendar, middle),
  };
}

/** Time over a page is to be compared with time over a page. */
async function assertComparable({ name, read }: CalendarRead, sites: readonly Site[]): Promise<void> {
  const found = await Promise.all(sites.map(read));
  if (new Set(found).size > 1) throw new Error(`"${name}" finds ${found.join(' and ')}`);
}

/** The median of the calls made one after the other for so long, and of so many at least. */
async function time(
  { read }: CalendarRead,
  site: Site,
  { seconds, callsMin }: { seconds: number; callsMin: number },
): Promise<number> {
  const found: number[] = [];
  const endAt = performance.now() + seconds * 1_000;
  while (found.length < callsMin || performance.now() < endAt) {
    const startedAt = performance.now();
    await read(site);
    found.push(performance.now() - startedAt);
  }
  return median(found);
}
