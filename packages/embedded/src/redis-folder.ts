/**
 * A Redis data folder: ours or empty, never a foreign one, and a server that an earlier run left behind on it
 * stopped first. Two servers never append to one log.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedServerError } from './embedded-error.ts';
import { findCommand, findWorkingFolder, isAlive } from './process-table.ts';
import { CONFIG_MARK } from './redis-config.ts';
import { errorMessage } from './system-error.ts';
import { stopProcess, type StopStep } from './stop-process.ts';

/** SIGTERM: no new commands, the log is flushed and closed. */
export const REDIS_STOP_STEPS: readonly StopStep[] = [{ signal: 'SIGTERM', waitMs: 15_000 }];

export const configFile = (dir: string) => path.join(dir, 'redis.conf');
export const pidFile = (dir: string) => path.join(dir, 'redis.pid');

/** Makes the folder when missing and gives its real path; throws a sentence about one that is not ours. */
export function prepareRedisFolder(dir: string): string {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const isEmpty = readdirSync(dir).length === 0;
    const file = configFile(dir);
    if (isEmpty || (existsSync(file) && readFileSync(file, 'utf8').startsWith(CONFIG_MARK))) {
      return realpathSync(dir);
    }
  } catch (error) {
    throw new EmbeddedServerError(
      `The data folder ${dir} cannot be used (${errorMessage(error)}). Start as the user who created it, or choose another folder.`,
    );
  }
  throw new EmbeddedServerError(
    `${dir} holds files that are not Slotline's Redis data. Move them away, or choose another data folder.`,
  );
}

/** Redis changes its name in the process table, but its working directory, which Linux shows, is its data folder. */
function isOurs(pid: number, dir: string): boolean {
  if (!/redis|valkey/.test(findCommand(pid) ?? '')) return false;
  const folder = findWorkingFolder(pid);
  return folder === undefined || folder === dir;
}

/** Stops the server that an earlier run left behind on the folder, if there is one; bounded. */
export async function stopLeftRedis(dir: string): Promise<void> {
  const file = pidFile(dir);
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (pid > 0 && isAlive(pid) && isOurs(pid, dir) && !(await stopProcess(pid, REDIS_STOP_STEPS))) {
    throw new EmbeddedServerError(
      `An earlier Redis (process ${pid}) still runs on ${dir} and cannot be stopped. Stop it, then try again.`,
    );
  }
  rmSync(file, { force: true });
}
