// CPU of what Slotline does in its own processes, as a ratio to a reference on the same machine in the same seconds:
// accepting to an Express echo, and deciding to the same rows as plain SQL.

import { Client } from 'pg';

import { GROUP_REQUESTS, openDecidingWriter } from '../claims/group-writer.ts';
import { startGenerator } from '../load/start-generator.ts';
import { HOT_ORG } from '../load/traffic.ts';
import { openSqlCeiling } from '../references/sql-ceiling.ts';
import { cpuMicrosecondsOf, cpuOfThreadMicroseconds } from '../stage/cpu-time.ts';
import type { Program } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import { startBareExpress } from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import type { GuardSection } from './guard.ts';
import { ratioByTurns, type Costing } from './ratio-by-turns.ts';

const TURN_REQUESTS = 2_000;
/** Turns in which the code is compiled; they do not count. */
const WARM_UP_TURNS = 6;
const TURNS = 12;
const CONNECTIONS = 256;

export const accepting: GuardSection = {
  name: 'accepting',
  measure: async (stage) => {
    const send = await startGenerator(stage);
    const sendTo =
      ({ address, pid }: Program): Costing =>
      async (turn) => {
        const before = await cpuMicrosecondsOf(pid);
        await send({
          kind: 'closed',
          address,
          traffic: HOT_ORG,
          from: turn * TURN_REQUESTS,
          connections: CONNECTIONS,
          requestsMax: TURN_REQUESTS,
          expected: [202],
        });
        return (await cpuMicrosecondsOf(pid)) - before;
      };
    const [echo, { server }] = [await startBareExpress(stage), await startSlotline(stage, { workers: 0 })];
    const costs = { ours: sendTo(server), theirs: sendTo(echo) };
    await ratioByTurns({ from: 0, to: WARM_UP_TURNS }, costs);
    const ratio = await ratioByTurns({ from: WARM_UP_TURNS, to: WARM_UP_TURNS + TURNS }, costs);
    return { 'CPU of accepting, against an Express echo': ratio };
  },
};

/** After 20 the first reading was still a tenth higher than the next. */
const WARM_UP_GROUPS = 60;
const GROUPS = 40;

export const deciding: GuardSection = {
  name: 'deciding',
  measure: async (stage) => {
    const [ours, theirs] = [await openSlotline(stage), await openCeiling(stage)];
    const costs = { ours: costOf(ours), theirs: costOf(theirs) };
    await ratioByTurns({ from: 0, to: WARM_UP_GROUPS }, costs);
    const ratio = await ratioByTurns({ from: WARM_UP_GROUPS, to: WARM_UP_GROUPS + GROUPS }, costs);
    return { 'CPU of deciding, against plain SQL': ratio };
  },
};

interface Writer {
  /** Makes a group ready, off the books; what it returns writes the group. */
  prepare(from: number): () => Promise<void>;
  /** Microseconds, of this process and of PostgreSQL's for this database. */
  cpu(): Promise<number>;
}

/** CPU of one group after the other. */
function costOf(writer: Writer): Costing {
  return async (group) => {
    const write = writer.prepare(group * GROUP_REQUESTS);
    const before = await writer.cpu();
    await write();
    return (await writer.cpu()) - before;
  };
}

async function openSlotline(stage: Stage): Promise<Writer> {
  const { url, cpu } = await openDatabase(stage);
  const { prepare } = openDecidingWriter(stage, { url, name: 'Slotline', next: 0 });
  return { cpu, prepare };
}

async function openCeiling(stage: Stage): Promise<Writer> {
  const { url, cpu } = await openDatabase(stage);
  const ceiling = await openSqlCeiling(url, HOT_ORG);
  stage.onClear(() => ceiling.close());
  const prepare = (from: number) =>
    ceiling.prepare(Array.from({ length: GROUP_REQUESTS }, (_, at) => from + at));
  return { cpu, prepare };
}

async function openDatabase(stage: Stage): Promise<{ url: string; cpu: () => Promise<number> }> {
  const { url, drop } = await stage.stores.createDatabase();
  stage.onClear(drop);
  const client = new Client({ connectionString: url });
  await client.connect();
  stage.onClear(() => client.end());
  return { url, cpu: async () => ownCpu() + (await cpuOfBackends(client)) };
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const BACKENDS = `
  select pid from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`;

async function cpuOfBackends(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(BACKENDS);
  const all = await Promise.all(rows.map(({ pid }) => cpuOfThreadMicroseconds(pid)));
  return all.reduce((sum, cpu) => sum + cpu, 0);
}
