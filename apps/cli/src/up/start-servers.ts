/** The PostgreSQL and the Redis that the apps will use: those the environment names, else our own. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { startPostgres, startRedis } from '@slotline/embedded';
import type { UpConfig } from '../config.ts';
import { REDIS_BINARY_DIR } from '../project.ts';
import { assertRedisReachable } from './assert-redis-reachable.ts';
import { keepServer, type KeptServer } from './keep-server.ts';

export interface ServersPlan {
  config: UpConfig;
  report: (line: string) => void;
  onGivenUp: (error: unknown) => void;
  /** Gets each server of ours as soon as it runs, so that it is stopped whatever happens next. */
  onStarted: (server: KeptServer) => void;
}

async function ensurePostgres({ config, report, onGivenUp, onStarted }: ServersPlan): Promise<string> {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  const dir = path.join(config.dataDir, 'postgres');
  if (!existsSync(dir)) report(`creating the database in ${dir} …`);
  const server = await keepServer({
    name: 'PostgreSQL',
    start: (port) => startPostgres({ dir, durable: true, ...(port !== undefined && { port }) }),
    report,
    onGivenUp,
  });
  onStarted(server);
  return server.url;
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

/** Both URLs. Waits for both starts before it fails with the first failure: nothing is still starting by then. */
export async function startServers(plan: ServersPlan): Promise<{ databaseUrl: string; redisUrl: string }> {
  const [database, redis] = await Promise.allSettled([ensurePostgres(plan), ensureRedis(plan)]);
  if (database.status === 'rejected') throw database.reason;
  if (redis.status === 'rejected') throw redis.reason;
  return { databaseUrl: database.value, redisUrl: redis.value };
}
