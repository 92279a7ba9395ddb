/**
 * What a test run passes to its test files through the environment: jest starts the shared servers in one process and
 * runs the files in others.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT_DIR = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** Every run keeps its data in its own folder below this one. */
export const TEST_DIR = path.join(PROJECT_DIR, '.cache/test');
/** The Redis server unpacked for this project; outlives the runs. */
export const REDIS_BINARY_DIR = path.join(PROJECT_DIR, '.cache/redis');

export type SharedServer = 'database' | 'redis';

const URL_NAMES = { database: 'SLOTLINE_TEST_DATABASE_URL', redis: 'SLOTLINE_TEST_REDIS_URL' } as const;
const ERROR_NAMES = { database: 'SLOTLINE_TEST_DATABASE_ERROR', redis: 'SLOTLINE_TEST_REDIS_ERROR' } as const;

/** The folder of the run this process belongs to, or of this process alone outside jest. */
export function runDir(): string {
  return process.env['SLOTLINE_TEST_DIR'] ?? path.join(TEST_DIR, `run-${process.pid}`);
}

export function shareRunDir(dir: string): void {
  process.env['SLOTLINE_TEST_DIR'] = dir;
}

export function shareServer(server: SharedServer, url: string): void {
  process.env[URL_NAMES[server]] = url;
}

/** Pure tests run even if a server cannot start; the other tests get the reason from here. */
export function shareFailure(server: SharedServer, reason: string): void {
  process.env[ERROR_NAMES[server]] = reason;
}

/** The shared server's URL; throws an explanation if this run has none. */
export function getServerUrl(server: SharedServer): string {
  const url = process.env[URL_NAMES[server]];
  if (url !== undefined) return url;
  const reason =
    process.env[ERROR_NAMES[server]] ??
    `${URL_NAMES[server]} is unset: jest sets it, but not for the pure tests in jest.config.mjs.`;
  throw new Error(`The shared ${server} of the test run is not available. ${reason}`);
}
