// PostgreSQL and Redis for a run, both durable as production has them: every commit and every accepted request
// is on disk before it is answered. One run at a time, because the folder is claimed and because two runs would
// measure each other. Servers that a killed run left behind are stopped by the next start.

import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';

import { grantApplication, migrateToLatest } from '@slotline/db';
import { startPostgres, startRedis } from '@slotline/embedded';
import { Client } from 'pg';
import { PROJECT } from './project.ts';

interface BenchDatabase {
  /** Of its owner. */
  readonly url: string;
  /** Of the API and the workers. */
  readonly applicationUrl: string;
  drop(): Promise<void>;
}

export interface Stores {
  readonly redisUrl: string;
  /** Of the server behind `redisUrl`; left out when the benchmark did not start it. */
  readonly redisPid?: number;
  /** Of the server's first process; left out likewise. */
  readonly postgresPid?: number;
  /** A fresh database with our schema; the reference services put theirs beside it. */
  createDatabase(): Promise<BenchDatabase>;
}

export interface OwnStores extends Stores {
  stop(): Promise<void>;
}

const CACHE = path.join(PROJECT, '.cache');

/** Rewriting the append-only file, at a moment of Redis's choosing, would fall into one round and not another. */
const REDIS_SETTINGS = { 'auto-aof-rewrite-percentage': '0' };

/** Enough for several systems side by side, each with a pool. */
const POSTGRES_SETTINGS = { max_connections: '300' };

/** `postgresSettings` come on top of ours. */
export async function startStores(
  report: (line: string) => void,
  postgresSettings: Readonly<Record<string, string>> = {},
): Promise<OwnStores> {
  const dir = path.join(CACHE, 'bench/redis');
  const postgres = await startPostgres({
    dir: path.join(CACHE, 'bench/postgres'),
    durable: true,
    settings: { ...POSTGRES_SETTINGS, ...postgresSettings },
  });
  const redis = await startRedis({
    dir,
    durable: true,
    settings: REDIS_SETTINGS,
    binaryDir: path.join(CACHE, 'redis'),
    report,
  }).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  await dropLeftDatabases(postgres.url);
  let lastCreated: Promise<unknown> = Promise.resolve();
  return {
    redisUrl: redis.url,
    redisPid: redis.pid,
    postgresPid: postgres.pid,
    // One after the other: all of them change the role of the application, which belongs to the whole server.
    createDatabase: () => {
      const created = lastCreated.catch(() => {}).then(() => createDatabase(postgres.url));
      lastCreated = created;
      return created;
    },
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(redis.dataDir, { recursive: true, force: true });
    },
  };
}

async function createDatabase(serverUrl: string): Promise<BenchDatabase> {
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  await inServer(serverUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const application = new URL(url);
  application.username = 'slotline_app';
  const urls = { url: url.href, applicationUrl: application.href };
  await migrateToLatest(urls.url);
  await grantApplication({ ownerUrl: urls.url, applicationUrl: urls.applicationUrl, setsPassword: true });
  return { ...urls, drop: () => inServer(serverUrl, (client) => drop(client, name)) };
}

/** Those of killed runs. */
async function dropLeftDatabases(serverUrl: string): Promise<void> {
  await inServer(serverUrl, async (client) => {
    const text = `select datname as name from pg_database where datname ~ '^bench_'`;
    for (const { name } of (await client.query<{ name: string }>(text)).rows) await drop(client, name);
  });
}

async function drop(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${name} with (force)`);
}

async function inServer<T>(url: string, work: (client: Client) => Promise<T>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
