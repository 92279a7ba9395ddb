// Slotline as it ships: an API process and workers, each with the flags of `slotline up`, on a fresh database and a
// separate namespace in Redis.

import { randomUUID } from 'node:crypto';

import { HEAP_FLAGS } from '@slotline/runtime';
import { Client } from 'pg';
import { startProgram, type Program } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import { until, type System } from './system.ts';

/** A round is sent faster than it is decided, and all of it waits in one organisation's mailbox. */
const LARGE_MAILBOX = { MAILBOX_MAX: '1000000' };

/** Counts without looking at every request: the poll takes its time from the system that it watches. */
const COUNT_DECIDED = 'select coalesce(sum(decision_sequence), 0)::int as count from orgs';
const COUNT_APPOINTMENTS = 'select count(*)::int as count from appointments';

export interface SlotlineOptions {
  readonly workers: number;
  /** With the mailbox of production, so that it refuses what is too much for one organisation. */
  readonly isBounded?: boolean;
  /** Settings of the API and the workers, by their environment names, over those of production. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Slotline extends System {
  /** Of the database's owner. */
  readonly databaseUrl: string;
  /** Namespace of everything that it keeps in Redis. */
  readonly queueName: string;
  readonly workers: readonly Program[];
  addWorker(): Promise<Program>;
  /** Requests decided since the start. */
  countDecided(): Promise<number>;
}

export async function startSlotline(stage: Stage, options: SlotlineOptions): Promise<Slotline> {
  const database = await stage.stores.createDatabase();
  stage.onClear(() => database.drop());
  const client = new Client({ connectionString: database.url });
  await client.connect();
  stage.onClear(() => client.end());
  const queueName = `bench-${randomUUID()}`;
  const environment = {
    DATABASE_URL: database.applicationUrl,
    REDIS_URL: stage.stores.redisUrl,
    QUEUE_NAME: queueName,
    ...(options.isBounded === true ? {} : LARGE_MAILBOX),
    ...options.environment,
  };
  const start = (app: string) =>
    startProgram(stage, { file: `apps/${app}/src/main.ts`, flags: HEAP_FLAGS, environment });
  const server = await start('api');
  const workers: Program[] = [];
  const addWorker = async () => {
    const worker = await start('worker');
    workers.push(worker);
    return worker;
  };
  for (let count = 0; count < options.workers; count++) await addWorker();
  const count = async (text: string) => (await client.query<{ count: number }>(text)).rows[0]?.count ?? 0;
  return {
    name: 'Slotline',
    databaseUrl: database.url,
    queueName,
    address: server.address,
    server,
    workers,
    usesRedis: true,
    addWorker,
    countDecided: () => count(COUNT_DECIDED),
    expected: [201, 202],
    untilDecided: (sent) =>
      until(`Slotline decides ${sent}`, async () => (await count(COUNT_DECIDED)) >= sent),
    countAppointments: () => count(COUNT_APPOINTMENTS),
  };
}
