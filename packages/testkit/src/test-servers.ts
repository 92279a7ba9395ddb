/**
 * The one PostgreSQL and one Redis that all test files of a run share, started and stopped by jest's global hooks.
 * Their data is thrown away, so PostgreSQL runs without fsync; Redis keeps its durable settings, which the code
 * under test reads and which change what it answers. Leaves isolation to `createTestDatabase` and `testRedis`.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startPostgres, startRedis } from '@slotline/embedded';
import {
  REDIS_BINARY_DIR,
  shareFailure,
  shareRunDir,
  shareServer,
  TEST_DIR,
  type SharedServer,
} from './config.ts';
import { removeRun, removeDeadRuns } from './test-runs.ts';

async function share(server: SharedServer, start: () => Promise<{ url: string }>): Promise<void> {
  try {
    shareServer(server, (await start()).url);
  } catch (error) {
    shareFailure(server, error instanceof Error ? error.message : String(error));
  }
}

/** Starts both servers and puts their URLs into the environment; never throws for a server that cannot start. */
export async function startTestServers(): Promise<void> {
  await removeDeadRuns(TEST_DIR);
  const dir = path.join(TEST_DIR, `run-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  shareRunDir(dir);
  await Promise.all([
    share('database', () => startPostgres({ dir: path.join(dir, 'postgres'), durable: false })),
    share('redis', () =>
      startRedis({
        dir: path.join(dir, 'redis'),
        durable: true,
        binaryDir: REDIS_BINARY_DIR,
        report: console.error,
      }),
    ),
  ]);
}

/** Stops everything that was started below the run's folder, private servers too, and removes the folder. */
export async function stopTestServers(): Promise<void> {
  await removeRun(path.join(TEST_DIR, `run-${process.pid}`));
}
