/**
 * A PostgreSQL data folder: made complete or not at all, never a foreign one opened, and a server that an earlier
 * run left behind on it stopped first. Two servers never run on one folder.
 */
import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedServerError } from './embedded-error.ts';
import { explainLastWords } from './explain-last-words.ts';
import { POSTGRES_MAJOR } from './postgres-binaries.ts';
import type { PostgresFolder } from './postgres-identity.ts';
import { findCommand, isAlive } from './process-table.ts';
import { errorMessage } from './system-error.ts';
import { stopProcess, type StopStep } from './stop-process.ts';

const run = promisify(execFile);

/** A new cluster takes 1–2 s; a slow disk gets much more. */
const INITDB_TIMEOUT_MS = 120_000;

/** Fast shutdown (sessions are cut, a checkpoint is written), then immediate (the next start recovers). */
export const POSTGRES_STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
];

/** PostgreSQL gets this environment and not its parent's: no secrets, no foreign locale or PG* settings. */
export const POSTGRES_ENV = { LC_ALL: 'C', TZ: 'UTC' };

/** Throws a sentence about a folder that holds something else than a cluster of our version, or nothing. */
export function assertOwnCluster(dataDir: string): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  const file = path.join(dataDir, 'PG_VERSION');
  if (!existsSync(file)) {
    throw new EmbeddedServerError(
      `${dataDir} holds files that are not a PostgreSQL cluster. Move them away, or choose another data folder.`,
    );
  }
  const major = readFileSync(file, 'utf8').trim();
  if (major !== POSTGRES_MAJOR) {
    throw new EmbeddedServerError(
      `${dataDir} holds a PostgreSQL ${major} cluster and this is PostgreSQL ${POSTGRES_MAJOR}. ` +
        `Choose another data folder, or start PostgreSQL ${major} yourself and set DATABASE_URL.`,
    );
  }
}

/**
 * Makes the cluster in a sibling folder and renames it: a killed first start leaves no partial cluster. It refuses all
 * logins until it is protected.
 */
export async function createCluster(folder: PostgresFolder, bin: string, isDurable: boolean): Promise<void> {
  const { dataDir, identity } = folder;
  const draft = `${dataDir}.new-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(draft, identity.uid, identity.gid);
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const args = ['-D', draft, '-U', 'postgres', '-A', 'reject', '--no-instructions', ...locale];
  if (!isDurable) args.push('--no-sync');
  try {
    await run(path.join(bin, 'initdb'), args, {
      ...identity,
      env: POSTGRES_ENV,
      cwd: '/',
      timeout: INITDB_TIMEOUT_MS,
    });
    renameSync(draft, dataDir);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const { stderr } = error as { stderr?: string };
    const words = stderr?.trim() || errorMessage(error);
    throw new EmbeddedServerError(
      `The PostgreSQL cluster in ${dataDir} could not be made. ${explainLastWords(words)}Its last words:\n${words}`,
    );
  }
}

/** The lines of `postmaster.pid`, which the server writes from its first moment on; empty when there is none. */
export function readPostmasterFile(dataDir: string): string[] {
  try {
    return readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/**
 * Stops the server that an earlier run left behind on the folder, if there is one; bounded.
 * Stopping and not adopting it gives the new owner its own port and settings and a child it can watch.
 */
export async function stopLeftPostgres(dataDir: string): Promise<void> {
  const pid = Number(readPostmasterFile(dataDir)[0]);
  if (!(pid > 0) || !isAlive(pid)) return;
  const command = findCommand(pid) ?? '';
  if (!command.includes('postgres') || !command.includes(dataDir)) {
    // The pid was given to another program since. PostgreSQL itself would take that for a running server.
    rmSync(path.join(dataDir, 'postmaster.pid'), { force: true });
    return;
  }
  if (!(await stopProcess(pid, POSTGRES_STOP_STEPS))) {
    throw new EmbeddedServerError(
      `An earlier PostgreSQL (process ${pid}) still runs on ${dataDir} and cannot be stopped. Stop it, then try again.`,
    );
  }
}
