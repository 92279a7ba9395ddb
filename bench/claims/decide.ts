// Deciding alone, without HTTP and Redis: what the deciding transaction costs over writing the very same rows.

import type { Instant } from '@slotline/core';
import { openDecider, type AcceptedRequest } from '@slotline/db';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { HOT_ORG, requestIdOf, slotOf } from '../load/traffic.ts';
import { openSqlCeiling } from '../references/sql-ceiling.ts';
import { alternate } from './rounds.ts';

/** What a worker decides in one transaction at most, by default. */
const GROUP_REQUESTS = 500;
const GROUPS_MAX = 2_000;
const WARM_UP_SECONDS_MAX = 1;

export const decide: Benchmark = {
  name: 'decide',
  summary: `decided/s of the deciding transaction, one org, groups of ${GROUP_REQUESTS}, against its rows as plain SQL`,
  run: async (run) => {
    const [slotline, ceiling] = [await openSlotline(run), await openCeiling(run)];
    for (const writer of [slotline, ceiling]) await write(writer, Math.min(WARM_UP_SECONDS_MAX, run.seconds));
    const found = await alternate([slotline, ceiling], run.rounds, async (writer, round) => {
      const perSecond = await write(writer, run.seconds);
      run.report(`round ${round}: ${writer.name} ${Math.round(perSecond)} rows/s`);
      return perSecond;
    });
    return [
      {
        name: `decide, one org, ${GROUP_REQUESTS} a group`,
        unit: 'decided/s',
        reference: ceiling.name,
        ours: found.get(slotline) ?? [],
        theirs: found.get(ceiling) ?? [],
        goal: 0.8,
      },
    ];
  },
};

interface Writer {
  readonly name: string;
  /** Number of the next booking. */
  next: number;
  /** Makes a group ready, off the clock; what it returns writes the group. */
  prepare(from: number): () => Promise<void>;
}

/** Writes group after group for so long; resolves with the bookings a second. */
async function write(writer: Writer, seconds: number): Promise<number> {
  let elapsedMs = 0;
  let groups = 0;
  for (; elapsedMs < seconds * 1_000 && groups < GROUPS_MAX; groups++) {
    const writeGroup = writer.prepare(writer.next);
    const startedAt = performance.now();
    await writeGroup();
    elapsedMs += performance.now() - startedAt;
    Object.assign(writer, { next: writer.next + GROUP_REQUESTS });
  }
  return (groups * GROUP_REQUESTS * 1_000) / elapsedMs;
}

async function openSlotline({ stage }: BenchmarkRun): Promise<Writer> {
  const database = await stage.stores.createDatabase();
  stage.onClear(database.drop);
  const decider = openDecider({ url: database.url, lanes: 1 });
  stage.onClear(() => decider.close());
  return {
    name: 'Slotline',
    next: 0,
    prepare: (from) => {
      const { orgId } = slotOf(HOT_ORG, from);
      const requests = Array.from({ length: GROUP_REQUESTS }, (_, at) => toRequest(from + at));
      return async () => {
        const [records] = await decider.decide([{ orgId, requests }]);
        const created = records?.filter(({ outcome }) => outcome.kind === 'created').length;
        if (created !== GROUP_REQUESTS) throw new Error(`${created} of ${GROUP_REQUESTS} were created`);
      };
    },
  };
}

async function openCeiling({ stage }: BenchmarkRun): Promise<Writer> {
  const database = await stage.stores.createDatabase();
  stage.onClear(database.drop);
  const ceiling = await openSqlCeiling(database.url, HOT_ORG);
  stage.onClear(() => ceiling.close());
  return {
    name: 'plain SQL',
    next: 0,
    prepare: (from) => ceiling.prepare(Array.from({ length: GROUP_REQUESTS }, (_, at) => from + at)),
  };
}

function toRequest(number: number): AcceptedRequest {
  const { id, resourceId, startMs, endMs } = slotOf(HOT_ORG, number);
  const noted = Date.UTC(2029, 8, 28) as Instant;
  return {
    operation: 'book',
    requestId: requestIdOf(number),
    appointmentId: id,
    resourceId,
    start: startMs as Instant,
    end: endMs as Instant,
    createdAt: noted,
    updatedAt: noted,
    heldUntil: null,
    metadata: null,
    acceptedAt: noted,
  };
}
