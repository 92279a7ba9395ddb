// The reference services, each on a fresh database. They run with Node's own heap sizes, which are larger than
// those that Slotline gives itself.

import { randomUUID } from 'node:crypto';

import { Client } from 'pg';
import { createGuaranteedSchema } from '../references/guaranteed-store.ts';
import { createReferenceSchema } from '../references/store.ts';
import { startProgram, type Program } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import { until, type System } from './system.ts';

/** A reference with our tables, for benchmarks and tests that read them. */
export interface GuaranteedSystem extends System {
  readonly databaseUrl: string;
}

/** The tables of a reference: how they are made, and where its appointments are. */
interface Tables {
  create(url: string): Promise<void>;
  readonly appointments: string;
}

const OWN_TABLES: Tables = { create: createReferenceSchema, appointments: 'reference.appointments' };
const OUR_TABLES: Tables = { create: createGuaranteedSchema, appointments: 'appointments' };

export function startBareExpress(stage: Stage): Promise<Program> {
  return startProgram(stage, { file: 'bench/references/bare-express.ts' });
}

/** (a) */
export function startSynchronous(stage: Stage): Promise<System> {
  const file = 'bench/references/synchronous.ts';
  return decidingSystem(stage, { name: '(a) Express + pg', file, tables: OWN_TABLES });
}

/** (b) */
export function startOrgRowLock(stage: Stage): Promise<System> {
  const file = 'bench/references/org-row-lock.ts';
  return decidingSystem(stage, { name: '(b) with org row lock', file, tables: OWN_TABLES });
}

/** (d) */
export async function startGuaranteed(stage: Stage): Promise<GuaranteedSystem> {
  const file = 'bench/references/guaranteed.ts';
  return decidingSystem(stage, { name: '(d) same guarantees', file, tables: OUR_TABLES });
}

/** (c) */
export async function startQueued(stage: Stage): Promise<System> {
  const { url, countAppointments } = await createReferenceDatabase(stage, OWN_TABLES);
  const environment = {
    DATABASE_URL: url,
    REDIS_URL: stage.stores.redisUrl,
    QUEUE_NAME: `bench-${randomUUID()}`,
  };
  const server = await startProgram(stage, { file: 'bench/references/queued-api.ts', environment });
  await startProgram(stage, { file: 'bench/references/queued-worker.ts', environment });
  return {
    name: '(c) a BullMQ job each',
    address: server.address,
    server,
    expected: [202],
    untilDecided: () =>
      until('(c) decides all', async () => {
        const answer = await fetch(`${server.address}/backlog`);
        return ((await answer.json()) as { backlog: number }).backlog === 0;
      }),
    countAppointments,
  };
}

interface Reference {
  readonly name: string;
  readonly file: string;
  readonly tables: Tables;
}

async function decidingSystem(stage: Stage, { name, file, tables }: Reference) {
  const { url, countAppointments } = await createReferenceDatabase(stage, tables);
  const server = await startProgram(stage, { file, environment: { DATABASE_URL: url } });
  // Decided before it is answered.
  const untilDecided = () => Promise.resolve();
  const { address } = server;
  return { name, address, server, expected: [201], untilDecided, countAppointments, databaseUrl: url };
}

async function createReferenceDatabase(stage: Stage, { create, appointments }: Tables) {
  const { url, drop } = await stage.stores.createDatabase();
  stage.onClear(drop);
  await create(url);
  const client = new Client({ connectionString: url });
  await client.connect();
  stage.onClear(() => client.end());
  const text = `select count(*)::int as count from ${appointments}`;
  return {
    url,
    countAppointments: async () => (await client.query<{ count: number }>(text)).rows[0]?.count ?? 0,
  };
}
