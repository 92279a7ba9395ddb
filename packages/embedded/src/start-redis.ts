/**
 * Starts a Redis of our own on loopback. Guarantees one server per data folder, that a durable server loses no write it
 * acknowledged, and that start ends in bounded time, on failure with a message that says what to do. The server has a
 * password, which is in the URL and in a file of this user.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { claimFolder } from './claim-folder.ts';
import { EmbeddedServerError } from './embedded-error.ts';
import { explainLastWords } from './explain-last-words.ts';
import { findRedis, type RedisProgram } from './find-redis.ts';
import { assertPortFree, findFreePort, LOOPBACK } from './free-port.ts';
import { ensurePassword, passwordFileOf } from './own-password.ts';
import { redisConfig } from './redis-config.ts';
import { configFile, pidFile, prepareRedisFolder, REDIS_STOP_STEPS, stopLeftRedis } from './redis-folder.ts';
import { pingRedis } from './redis-ping.ts';
import { spawnServer, type RunningServer, type SpawnedServer } from './running-server.ts';
import { waitUntil } from './wait-until.ts';

export interface StartRedisOptions {
  /** The data folder; made when missing. */
  dir: string;
  /** Default: any free one. */
  port?: number;
  /** True: every write is on disk before it is answered. False: memory only. */
  durable: boolean;
  /** Configuration lines that extend or replace the default ones. */
  settings?: Record<string, string>;
  /** Where a server unpacked for this project is kept. */
  binaryDir: string;
  /** Receives one line when first-time setup begins. */
  report?: (line: string) => void;
}

/** Includes loading the append-only file. */
const START_TIMEOUT_MS = 120_000;
/** Retries for the case that a free port is taken before the server binds it. */
const START_TRIES_MAX = 5;
const PORT_TAKEN = /Address already in use|bind:/;

interface LaunchPlan {
  options: StartRedisOptions;
  dir: string;
  program: RedisProgram;
  logFile: string;
  password: string;
}

function spawnOn(
  port: number,
  { options, dir, program, logFile, password }: LaunchPlan,
): Promise<SpawnedServer> {
  const { durable: isDurable, settings = {} } = options;
  const config = redisConfig({ dir, port, isDurable, pidFile: pidFile(dir), password, settings });
  writeFileSync(configFile(dir), config, { mode: 0o600 });
  return spawnServer({
    name: 'Redis',
    command: program.command,
    args: [configFile(dir)],
    env: { ...process.env, ...program.env },
    logFile,
    stopSteps: REDIS_STOP_STEPS,
  });
}

async function untilReady(
  { port, password }: { port: number; password: string },
  server: SpawnedServer,
): Promise<'ready' | 'exited' | undefined> {
  return waitUntil(async () => {
    const isAnswering = await pingRedis(port, password);
    // This order matters: if our server has exited, another process answered the ping.
    if (server.hasExited()) return 'exited';
    return isAnswering ? 'ready' : undefined;
  }, START_TIMEOUT_MS);
}

async function launch(plan: LaunchPlan, triesLeft = START_TRIES_MAX): Promise<RunningServer> {
  const port = plan.options.port ?? (await findFreePort());
  const server = await spawnOn(port, plan);
  const { password } = plan;
  const state = await untilReady({ port, password }, server);
  if (state === 'ready') {
    const { pid, exited, stop, kill } = server;
    const { dir: dataDir, logFile } = plan;
    return {
      url: `redis://:${password}@${LOOPBACK}:${port}`,
      port,
      pid,
      dataDir,
      logFile,
      exited,
      stop,
      kill,
    };
  }
  const words = server.lastWords();
  await server.stop();
  if (state === 'exited' && triesLeft > 1 && PORT_TAKEN.test(words)) return launch(plan, triesLeft - 1);
  throw new EmbeddedServerError(
    `Redis did not start on ${plan.dir}. ${explainLastWords(words)}Its last words, from ${plan.logFile}:\n${words}`,
  );
}

/** Starts the server, or throws an `EmbeddedServerError`. A server left behind by a dead process is stopped first. */
export async function startRedis(options: StartRedisOptions): Promise<RunningServer> {
  const asked = path.resolve(options.dir);
  const release = claimFolder(asked);
  try {
    const dir = prepareRedisFolder(asked);
    await stopLeftRedis(dir);
    if (options.port !== undefined) await assertPortFree(options.port, 'Redis');
    const program = await findRedis(path.resolve(options.binaryDir), options.report ?? (() => {}));
    const password = ensurePassword(passwordFileOf(asked));
    const server = await launch({ options, dir, program, logFile: `${asked}.log`, password });
    void server.exited.then(release);
    return server;
  } catch (error) {
    release();
    throw error;
  }
}
