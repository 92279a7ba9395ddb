/**
 * Cleans up after test runs: finds the servers that still run below a folder by the files in their data,
 * so this works for the run that is ending and for a killed one.
 */
import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isAlive, stopLeftPostgres, stopLeftRedis } from '@slotline/embedded';

/** The deepest a test puts a server's data below its run. */
const SERVER_DEPTH_MAX = 4;

async function removeServers(dir: string, depthLeft = SERVER_DEPTH_MAX): Promise<void> {
  if (!existsSync(dir)) return;
  const real = realpathSync(dir); // a link where PostgreSQL's user may not enter the project
  const entries = readdirSync(real, { withFileTypes: true });
  const has = (name: string) => entries.some((entry) => entry.name === name);
  if (has('redis.pid')) await stopLeftRedis(real);
  if (has('PG_VERSION')) {
    await stopLeftPostgres(real);
    rmSync(real, { recursive: true, force: true });
    return;
  }
  if (depthLeft === 0) return;
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  await Promise.all(folders.map(({ name }) => removeServers(path.join(real, name), depthLeft - 1)));
}

/** Stops every server below the run's folder and removes the folder. */
export async function removeRun(dir: string): Promise<void> {
  await removeServers(dir);
  rmSync(dir, { recursive: true, force: true });
}

/** Removes the runs whose jest process is gone: killed runs did not clean up. */
export async function removeDeadRuns(testDir: string): Promise<void> {
  if (!existsSync(testDir)) return;
  for (const name of readdirSync(testDir)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await removeRun(path.join(testDir, name));
  }
}
