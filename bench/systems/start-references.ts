// The reference services, each on a fresh database. They run with Node's own heap sizes, which are larger than
// those that Slotline gives itself.

import { randomUUID } from 'node:crypto';

import { Client } from 'pg';
import { createReferenceSchema } from '../references/store.ts';
import { startProgram, type Program } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import { until, type System } from './system.ts';

const COUNT_APPOINTMENTS = 'select count(*)::int as count from reference.appointments';

export function startBareExpress(stage: Stage): Promise<Program> {
  return startProgram(stage, { file: 'bench/references/bare-express.ts' });
}

/** (a) */
export async function startSynchronous(stage: Stage): Promise<System> {
  return decidingSystem(stage, { name: '(a) Express + pg', file: 'bench/references/synchronous.ts' });
}

/** (b) */
export async function startOrgRowLock(stage: Stage): Promise<System> {
  return decidingSystem(stage, { name: '(b) with org row lock', file: 'bench/references/org-row-lock.ts' });
}

/** (c) */
export async function startQueued(stage: Stage): Promise<System> {
  const { url, countAppointments } = await createReferenceDatabase(stage);
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

async function decidingSystem(stage: Stage, { name, file }: { name: string; file: string }): Promise<System> {
  const { url, countAppointments } = await createReferenceDatabase(stage);
  const server = await startProgram(stage, { file, environment: { DATABASE_URL: url } });
  // Decided before it is answered.
  const untilDecided = () => Promise.resolve();
  return { name, address: server.address, server, expected: [201], untilDecided, countAppointments };
}

async function createReferenceDatabase(stage: Stage) {
  const { url, drop } = await stage.stores.createDatabase();
  stage.onClear(drop);
  await createReferenceSchema(url);
  const client = new Client({ connectionString: url });
  await client.connect();
  stage.onClear(() => client.end());
  return {
    url,
    countAppointments: async () =>
      (await client.query<{ count: number }>(COUNT_APPOINTMENTS)).rows[0]?.count ?? 0,
  };
}
