/**
 * Servers for one test file alone, for tests that stop, kill or reconfigure them. Data goes to a fresh folder of the
 * run unless `dir` is given; what a test forgets to stop is stopped at the run's end.
 */
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import * as embedded from '@slotline/embedded';
import { REDIS_BINARY_DIR, runDir } from './config.ts';

/** A private folder of this run; removed after the run. */
export function makeTestFolder(prefix: string): string {
  mkdirSync(runDir(), { recursive: true });
  const dir = mkdtempSync(path.join(runDir(), `${prefix}-`));
  chmodSync(dir, 0o755); // PostgreSQL, run by root, works as another user
  return dir;
}

/** Starts a private PostgreSQL, by default on any port and not durable. */
export function startPostgres(
  options: Partial<embedded.StartPostgresOptions> = {},
): Promise<embedded.RunningServer> {
  const dir = options.dir ?? makeTestFolder('postgres');
  return embedded.startPostgres({ durable: false, ...options, dir });
}

/** Starts a private Redis, by default on any port and durable, as most tests require. */
export function startRedis(
  options: Partial<embedded.StartRedisOptions> = {},
): Promise<embedded.RunningServer> {
  const dir = options.dir ?? makeTestFolder('redis');
  return embedded.startRedis({ durable: true, binaryDir: REDIS_BINARY_DIR, ...options, dir });
}
