/**
 * Finds the PostgreSQL that another process of ours runs on a data folder, to speak to it. Starts, stops and claims
 * nothing.
 */
import { findPassword, passwordFileOf } from './own-password.ts';
import { readPostmasterFile } from './postgres-cluster.ts';
import { postgresUrl } from './postgres-url.ts';
import { isAlive } from './process-table.ts';

/**
 * Its superuser's URL; `undefined` when none runs there, or it does not take connections yet. Throws an
 * `EmbeddedServerError` when this user may not read its password.
 */
export function findRunningPostgres(dir: string): string | undefined {
  const lines = readPostmasterFile(dir);
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!(pid > 0) || !isAlive(pid) || !(port > 0) || lines[7]?.trim() !== 'ready') return undefined;
  return postgresUrl(port, findPassword(passwordFileOf(dir)));
}
