/**
 * Cleans up after test runs: a server's kind is told by its folder's name, and what still runs on it by the folder
 * itself, so this works for the run that is ending and for one that was killed alike.
 */
import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isAlive, stopLeftPostgres, stopLeftRedis } from '@slotline/embedded';

async function removeServer(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const dataDir = realpathSync(dir); // a link where PostgreSQL's user may not enter the project
  const name = path.basename(dir);
  if (name.startsWith('postgres')) await stopLeftPostgres(dataDir);
  if (name.startsWith('redis')) await stopLeftRedis(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}

/** Stops every server below the run's folder and removes the folder. */
export async function removeRun(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const folders = readdirSync(dir, { withFileTypes: true }).filter((entry) => !entry.isFile());
  await Promise.all(folders.map(({ name }) => removeServer(path.join(dir, name))));
  rmSync(dir, { recursive: true, force: true });
}

/** Removes the runs whose jest is gone: killed ones never came to their own end. */
export async function removeDeadRuns(testDir: string): Promise<void> {
  if (!existsSync(testDir)) return;
  for (const name of readdirSync(testDir)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await removeRun(path.join(testDir, name));
  }
}
