/**
 * Starts a PostgreSQL of our own on loopback. Guarantees one server a data folder, data that survives every stop
 * and kill when durable, and an end in bounded time with a sentence that says what to do. Its superuser has a
 * password, which is in the URL and in a file of this user. Leaves databases, further roles and migrations to the caller.
 */
import path from 'node:path';
import { existsSync } from 'node:fs';
import { claimFolder } from './claim-folder.ts';
import { EmbeddedServerError } from './embedded-error.ts';
import { explainLastWords } from './explain-last-words.ts';
import { assertPortFree, findFreePort, LOOPBACK } from './free-port.ts';
import { passwordFileOf } from './own-password.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { assertOwnCluster, createCluster, POSTGRES_ENV, POSTGRES_STOP_STEPS } from './postgres-cluster.ts';
import { readPostmasterFile, stopLeftPostgres } from './postgres-cluster.ts';
import { preparePostgresFolder } from './postgres-folder.ts';
import type { PostgresFolder } from './postgres-identity.ts';
import { postgresUrl } from './postgres-url.ts';
import { protectPostgres } from './protect-postgres.ts';
import { spawnServer, type RunningServer, type SpawnedServer } from './running-server.ts';
import { waitUntil } from './wait-until.ts';

export interface StartPostgresOptions {
  /** The data folder; made when missing. */
  dir: string;
  /** Default: any free one. */
  port?: number;
  /** True: every commit is on disk before it is answered. False: fast, for data that may be lost. */
  durable: boolean;
  /** Server settings that extend or replace the default ones. */
  settings?: Record<string, string>;
}

/** Includes crash recovery, which reads up to a checkpoint's worth of log. */
const START_TIMEOUT_MS = 120_000;
/** Retries if a free port is taken before the bind, or if a killed server's last backend still holds its memory. */
const START_TRIES_MAX = 5;
const RETRY_AFTER = /Address already in use|could not bind|shared memory block .* is still in use/;

const COMMON_SETTINGS = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
const DURABLE_SETTINGS = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };
const FAST_SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

function settingArgs(o: StartPostgresOptions): string[] {
  const settings = { ...COMMON_SETTINGS, ...(o.durable ? DURABLE_SETTINGS : FAST_SETTINGS), ...o.settings };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** PostgreSQL writes its state to the eighth line of postmaster.pid, where pg_ctl reads it. */
function isReady(dataDir: string, pid: number): boolean {
  const lines = readPostmasterFile(dataDir);
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

async function untilReady(dataDir: string, server: SpawnedServer): Promise<'ready' | 'exited' | undefined> {
  return waitUntil(() => {
    if (server.hasExited()) return 'exited';
    return isReady(dataDir, server.pid) ? 'ready' : undefined;
  }, START_TIMEOUT_MS);
}

interface LaunchPlan {
  options: StartPostgresOptions;
  folder: PostgresFolder;
  bin: string;
  logFile: string;
  password: string;
}

function spawnOn(port: number, { options, folder, bin, logFile }: LaunchPlan): Promise<SpawnedServer> {
  return spawnServer({
    name: 'PostgreSQL',
    command: path.join(bin, 'postgres'),
    args: ['-D', folder.dataDir, '-p', String(port), ...settingArgs(options)],
    env: POSTGRES_ENV,
    identity: folder.identity,
    logFile,
    stopSteps: POSTGRES_STOP_STEPS,
  });
}

async function launch(plan: LaunchPlan, triesLeft = START_TRIES_MAX): Promise<RunningServer> {
  const { dataDir } = plan.folder;
  const port = plan.options.port ?? (await findFreePort());
  const server = await spawnOn(port, plan);
  const state = await untilReady(dataDir, server);
  if (state === 'ready') {
    const url = postgresUrl(port, plan.password);
    const { pid, exited, stop, kill } = server;
    return { url, port, pid, dataDir, logFile: plan.logFile, exited, stop, kill };
  }
  const words = server.lastWords();
  await server.stop();
  if (state === 'exited' && triesLeft > 1 && RETRY_AFTER.test(words)) return launch(plan, triesLeft - 1);
  throw new EmbeddedServerError(
    `PostgreSQL did not start on ${dataDir}. ${explainLastWords(words)}Its last words, from ${plan.logFile}:\n${words}`,
  );
}

/** Starts the server, or throws an `EmbeddedServerError`. A server left behind by a dead process is stopped first. */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningServer> {
  const dir = path.resolve(options.dir);
  const release = claimFolder(dir);
  try {
    const folder = preparePostgresFolder(dir);
    assertOwnCluster(folder.dataDir);
    await stopLeftPostgres(folder.dataDir);
    if (options.port !== undefined) await assertPortFree(options.port, 'PostgreSQL');
    const bin = findPostgresBinaries(folder.identity, path.dirname(folder.dataDir));
    if (!existsSync(path.join(folder.dataDir, 'PG_VERSION'))) {
      await createCluster(folder, bin, options.durable);
    }
    const passwordFile = passwordFileOf(dir);
    const password = await protectPostgres({ folder, bin, isDurable: options.durable, passwordFile });
    const server = await launch({ options, folder, bin, logFile: `${dir}.log`, password });
    void server.exited.then(release);
    return server;
  } catch (error) {
    release();
    throw error;
  }
}
