/** Provides PostgreSQL and Redis for the apps: those named by the environment, else our own. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensurePassword, startPostgres, startRedis } from '@slotline/embedded';
import type { UpConfig } from '../config.ts';
import type { DatabaseUrls } from '../migrate-database.ts';
import { REDIS_BINARY_DIR } from '../project.ts';
import { assertRedisReachable } from './assert-redis-reachable.ts';
import { keepServer, type KeptServer } from './keep-server.ts';

export interface ServersPlan {
  config: UpConfig;
  report: (line: string) => void;
  onGivenUp: (error: unknown) => void;
  /** Called with each of our own servers as soon as it runs, so that it is stopped in every case. */
  onStarted: (server: KeptServer) => void;
}

/** The role of the apps in our own PostgreSQL: it owns nothing and is not a superuser. */
const APPLICATION_ROLE = 'slotline_app';

async function ensurePostgres({ config, report, onGivenUp, onStarted }: ServersPlan): Promise<DatabaseUrls> {
  const { databaseUrl, ownerUrl, dataDir } = config;
  if (databaseUrl !== undefined) return { databaseUrl, ownerUrl: ownerUrl ?? databaseUrl };
  const dir = path.join(dataDir, 'postgres');
  if (!existsSync(dir)) report(`creating the database in ${dir} …`);
  const server = await keepServer({
    name: 'PostgreSQL',
    start: (port) => startPostgres({ dir, durable: true, ...(port !== undefined && { port }) }),
    report,
    onGivenUp,
  });
  onStarted(server);
  return { databaseUrl: applicationUrl(server.url, dataDir), ownerUrl: server.url };
}

function applicationUrl(ownerUrl: string, dataDir: string): string {
  const url = new URL(ownerUrl);
  url.username = APPLICATION_ROLE;
  url.password = ensurePassword(path.join(dataDir, 'postgres-app.password'));
  return url.href;
}

async function ensureRedis({ config, report, onGivenUp, onStarted }: ServersPlan): Promise<string> {
  if (config.redisUrl !== undefined) {
    await assertRedisReachable(config.redisUrl);
    return config.redisUrl;
  }
  const dir = path.join(config.dataDir, 'redis');
  const options = { dir, durable: true, binaryDir: REDIS_BINARY_DIR, report };
  const server = await keepServer({
    name: 'Redis',
    start: (port) => startRedis({ ...options, ...(port !== undefined && { port }) }),
    report,
    onGivenUp,
  });
  onStarted(server);
  return server.url;
}

export interface ServerUrls extends DatabaseUrls {
  readonly redisUrl: string;
}

/** Returns all URLs. After a failure it waits for the other start too, so that nothing is still starting. */
export async function startServers(plan: ServersPlan): Promise<ServerUrls> {
  const [database, redis] = await Promise.allSettled([ensurePostgres(plan), ensureRedis(plan)]);
  if (database.status === 'rejected') throw database.reason;
  if (redis.status === 'rejected') throw redis.reason;
  return { ...database.value, redisUrl: redis.value };
}
