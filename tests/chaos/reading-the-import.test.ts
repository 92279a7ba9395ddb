// What readers see of an import: the change feed, read by a process that is killed and resumed all the time, and
// the past, asked for at random instants afterwards. Both must be what the file itself says, folded by the pure
// rules, and so must be what the import left in the stores. Runs on generated traffic always, and on the real week where a developer or CI has it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { decide, toInstant, type Appointment, type Instant } from '@slotline/core';
import { makeTestFolder, seededRandom } from '@slotline/testkit';
import pg from 'pg';
import { PROJECT } from './app-process.ts';
import { Cluster } from './cluster.ts';
import { expectExact } from './expect-exact.ts';
import { FeedReader } from './feed-reader.ts';
import { generateTraffic } from './generate-traffic.ts';
import { runImport, type ImportRun } from './import-process.ts';
import { requestsByOrg } from './oracle.ts';

const WEEK = path.join(PROJECT, '../shared/data/office-appointments-2026-w13.ndjson.gz');
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 32);
const INSTANTS = 200;
const PAGE = 1_000;

interface Change {
  readonly sequence: number;
  readonly facts: string;
}

interface Plan {
  readonly file: string;
  readonly kills: number;
}

async function readWhileImporting({ file, kills }: Plan): Promise<void> {
  const requests = await requestsByOrg(file);
  const cluster = await Cluster.start({ workers: 2 });
  const reader = new FeedReader({
    url: cluster.url,
    orgIds: [...requests.keys()],
    file: path.join(makeTestFolder('feed'), 'seen.ndjson'),
  });
  try {
    await reader.start();
    const run = runImport(file, cluster.url);
    const client = new pg.Client({ connectionString: cluster.databaseUrl });
    await client.connect();
    try {
      const reading = killAndResume(reader, { run, kills, changes: countChanges(requests), client });
      const [told] = await Promise.all([run.report, reading]);
      await expectExact(cluster, { file, told });
      await expectWholeFeed(reader, await readChanges(client));
      await expectPast(cluster.url, { requests, decidedAt: await readDecisionTimes(client) });
    } finally {
      await client.end();
    }
  } finally {
    await reader.kill();
    await cluster.stop();
  }
}

interface Kills {
  readonly run: ImportRun;
  readonly kills: number;
  /** That the whole import makes. */
  readonly changes: number;
  readonly client: pg.Client;
}

/**
 * Kills the reader at even steps of the first half that it reads, all in the middle of the import: until a new
 * reader has read what there is, the import is held up, so that it is not over before the last kill on a slow machine either.
 */
async function killAndResume(reader: FeedReader, { run, kills, changes, client }: Kills): Promise<void> {
  for (let killed = 0; killed < kills; killed++) {
    const enough = (changes * (killed + 1)) / (2 * kills);
    await until(() => reader.count() >= enough, { timeoutMs: 60_000 });
    expect(run.isDone()).toBe(false);
    await reader.kill();
    run.pause();
    await reader.start();
    const made = await countVersions(client);
    await until(() => reader.count() >= made, { timeoutMs: 60_000 });
    run.resume();
  }
}

async function countVersions(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from appointment_versions');
  return Number(rows[0]?.count);
}

function countChanges(requests: Past['requests']): number {
  return [...requests.values()]
    .flatMap((ofOrg) => decide({ appointments: [], decided: new Map() }, ofOrg))
    .reduce((sum, { written }) => sum + written.length, 0);
}

async function expectWholeFeed(
  reader: FeedReader,
  changes: ReadonlyMap<string, readonly Change[]>,
): Promise<void> {
  const total = [...changes.values()].reduce((sum, ofOrg) => sum + ofOrg.length, 0);
  await until(() => reader.count() >= total, { timeoutMs: 60_000 });
  const seen = Map.groupBy(reader.seen(), ({ orgId }) => orgId);
  for (const [orgId, expected] of changes) {
    // `sequence` has no gap, and the reader saw each once and in order.
    expect(expected.map(({ sequence }) => sequence)).toEqual(expected.map((_, at) => at + 1));
    const found = (seen.get(orgId) ?? []).map(({ sequence, facts }) => ({ sequence, facts }));
    expect({ orgId, found }).toEqual({ orgId, found: expected });
  }
  expect(reader.seen()).toHaveLength(total);
}

async function readChanges(client: pg.Client): Promise<Map<string, Change[]>> {
  const { rows } = await client.query<Record<'org_id' | 'sequence' | 'facts', string>>(`
    select org_id, sequence, concat_ws(' ', appointment_id, version, status) as facts
    from appointment_versions join orgs using (org_key) order by org_key, sequence`);
  const byOrg = Map.groupBy(rows, (row) => row.org_id);
  return new Map(
    [...byOrg].map(([orgId, ofOrg]) => [
      orgId,
      ofOrg.map(({ sequence, facts }) => ({ sequence: Number(sequence), facts })),
    ]),
  );
}

/** When each decision of an org was recorded, in their order. */
async function readDecisionTimes(client: pg.Client): Promise<Map<string, number[]>> {
  const { rows } = await client.query<{ org_id: string; decided_at: string }>(`
    select org_id, (extract(epoch from decided_at) * 1000)::bigint as decided_at
    from requests r join orgs using (org_key) order by org_key, r.decision_sequence`);
  const byOrg = Map.groupBy(rows, (row) => row.org_id);
  return new Map([...byOrg].map(([orgId, ofOrg]) => [orgId, ofOrg.map(({ decided_at: at }) => Number(at))]));
}

interface Past {
  readonly requests: Awaited<ReturnType<typeof requestsByOrg>>;
  readonly decidedAt: ReadonlyMap<string, readonly number[]>;
}

// Every decision is recorded with its time, so "up to that instant" is a prefix of the org's lines.
async function expectPast(url: string, { requests, decidedAt }: Past): Promise<void> {
  const random = seededRandom(SEED);
  const all = [...decidedAt.values()].flat();
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const orgIds = [...requests.keys()];
  for (let count = 0; count < INSTANTS; count++) {
    const at = Math.round(first - 50 + random() * (last - first + 100));
    const orgId = orgIds[Math.floor(random() * orgIds.length)] ?? '';
    const known = (decidedAt.get(orgId) ?? []).filter((decided) => decided <= at).length;
    const expected = fold((requests.get(orgId) ?? []).slice(0, known));
    const found = await listAsOf(url, { orgId, at: new Date(at).toISOString() });
    expect({ orgId, at, found }).toEqual({ orgId, at, found: expected });
  }
}

function fold(requests: Parameters<typeof decide>[1]): string[] {
  const current = new Map<string, Appointment>();
  for (const { written } of decide({ appointments: [], decided: new Map() }, requests)) {
    for (const appointment of written) current.set(appointment.id, appointment);
  }
  return [...current.values()].sort(byPlace).map(toLine);
}

interface Listed extends Pick<Appointment, 'id' | 'resourceId' | 'status' | 'version'> {
  readonly start: string;
  readonly end: string;
}

async function listAsOf(url: string, { orgId, at }: { orgId: string; at: string }): Promise<string[]> {
  const found: string[] = [];
  const query = new URLSearchParams({ orgId, at, status: 'all', limit: String(PAGE) });
  let next: string | undefined = `/api/appointments?${query.toString()}`;
  while (next !== undefined) {
    const answer: Response = await fetch(new URL(next, url));
    expect(answer.status).toBe(200);
    const page = (await answer.json()) as Listed[];
    found.push(...page.map((one) => toLine({ ...one, start: toMs(one.start), end: toMs(one.end) })));
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return found;
}

type Facts = Pick<Appointment, 'id' | 'resourceId' | 'status' | 'version' | 'start' | 'end'>;

function toLine({ id, resourceId, start, end, status, version }: Facts): string {
  return [id, resourceId, start, end, status, version].join(' ');
}

function toMs(text: string): Instant {
  return toInstant(Date.parse(text)) ?? (0 as Instant);
}

// Ids sort by their bytes, as the database does it.
function byPlace(a: Facts, b: Facts): number {
  return a.start - b.start || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
}

async function until(fact: () => boolean, { timeoutMs }: { timeoutMs: number }): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!fact() && performance.now() < deadline) await delay(20);
}

describe(`the readers of an import (SEED=${SEED})`, () => {
  it('see every change once and in order, and the past as it was', async () => {
    const file = path.join(makeTestFolder('traffic'), 'traffic.ndjson');
    await readWhileImporting({ file: generateTraffic(file, { lines: 20_000, seed: SEED }), kills: 5 });
  }, 600_000);
});

const week = existsSync(WEEK) ? describe : describe.skip; // the project must not need ../shared
const absent = existsSync(WEEK) ? '' : ' (skipped: ../shared/data is not beside this checkout)';

week(`the readers of the real week${absent} (SEED=${SEED})`, () => {
  it('see every change once and in order over 50 kills, and the past as it was at 200 instants', async () => {
    await readWhileImporting({ file: WEEK, kills: 50 });
  }, 900_000);
});
