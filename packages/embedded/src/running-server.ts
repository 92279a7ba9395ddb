/**
 * An embedded server process from spawn to exit. It runs in its own session, so that Ctrl-C in the terminal does not
 * stop it while other processes use it, and it does not keep its parent's event loop alive.
 */
import { spawn } from 'node:child_process';
import { EmbeddedServerError } from './embedded-error.ts';
import { openServerLog, readLastWords } from './server-log.ts';
import { killFamily, stopProcess, type StopStep } from './stop-process.ts';

export interface RunningServer {
  /** Where clients connect, credentials included. */
  url: string;
  port: number;
  pid: number;
  /** Where the data really is; differs from the folder asked for only where that one could not be used. */
  dataDir: string;
  logFile: string;
  /** Resolves when the process has ended, for whatever reason; never rejects. */
  exited: Promise<void>;
  /** Clean shutdown, then harder signals; bounded. Does nothing when the server is gone already. */
  stop: () => Promise<void>;
  /** SIGKILL to the server and everything it forked; resolves when all are gone. */
  kill: () => Promise<void>;
}

/** A spawned process that may not be ready yet. */
export interface SpawnedServer {
  pid: number;
  hasExited(): boolean;
  lastWords(): string;
  exited: Promise<void>;
  stop: () => Promise<void>;
  kill: () => Promise<void>;
}

export interface SpawnPlan {
  name: string;
  command: string;
  args: readonly string[];
  /** Left out: the parent's environment. */
  env?: NodeJS.ProcessEnv;
  identity?: { uid?: number; gid?: number };
  logFile: string;
  stopSteps: readonly StopStep[];
}

function assertGone(isGone: boolean, name: string, pid: number): void {
  if (!isGone)
    throw new EmbeddedServerError(`${name} (process ${pid}) does not end. Look at it with: ps -p ${pid}`);
}

/** Starts the process; throws an `EmbeddedServerError` when the program cannot be run at all. */
export async function spawnServer(plan: SpawnPlan): Promise<SpawnedServer> {
  const log = openServerLog(plan.logFile);
  const child = spawn(plan.command, plan.args, {
    ...plan.identity,
    ...(plan.env && { env: plan.env }),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  log.close();
  let isExited = false;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isExited = true;
      resolve();
    });
  });
  const failure = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', resolve);
  });
  const pid = child.pid;
  if (failure !== undefined || pid === undefined) {
    throw new EmbeddedServerError(`${plan.name} cannot be run from ${plan.command}: ${failure?.message}.`);
  }
  child.unref();
  const end = async (by: () => Promise<boolean>): Promise<void> => {
    if (isExited) return; // the pid may belong to another process by now
    child.ref();
    assertGone(await by(), plan.name, pid);
    await exited;
  };
  return {
    pid,
    exited,
    hasExited: () => isExited,
    lastWords: () => readLastWords(plan.logFile, log.start),
    stop: () => end(() => stopProcess(pid, plan.stopSteps)),
    kill: () => end(() => killFamily(pid)),
  };
}
