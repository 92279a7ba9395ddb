// Runs one of our programs, or a reference's, as a separate process: started as `slotline up` starts it, not reached by
// the terminal's Ctrl-C, and ended with this process at the latest (it sees its channel close).

import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

import { PROJECT } from './project.ts';
import type { Stage } from './stage.ts';

export interface ProgramPlan {
  /** From the project's root. */
  readonly file: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** For `node`, before the program. */
  readonly flags?: readonly string[];
}

export interface Program {
  readonly pid: number;
  /** Where it answers; empty when it does not listen. */
  readonly address: string;
  /** The same of its operators' port; empty where it has none. */
  readonly adminAddress: string;
  /** What it wrote last, for a report of its end. */
  lastWords(): string;
  readonly child: ChildProcess;
  /** Resolves when it is gone; it is asked to go first. */
  stop(): Promise<void>;
}

/** What SIGTERM leaves to a program before it is killed. */
const STOPPING_MS = 5_000;
const STARTING_MS = 30_000;

/** Resolves when the program says it is ready; throws its last words when it ends instead. */
export async function startProgram(stage: Stage, plan: ProgramPlan): Promise<Program> {
  const child = spawn(
    process.execPath,
    [...(plan.flags ?? []), '--conditions=source', path.join(PROJECT, plan.file)],
    {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        PORT: '0',
        ADMIN_PORT: '0',
        ...plan.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    },
  );
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  stage.onClear(() => stop(child, gone));
  const lastWords = keepLastWords(child);
  const { address = '', adminAddress = '' } = await untilReady(child, { file: plan.file, lastWords });
  return {
    pid: child.pid ?? -1,
    address,
    adminAddress,
    lastWords,
    child,
    stop: () => stop(child, gone),
  };
}

function keepLastWords(child: ChildProcess): () => string {
  let words = '';
  const hear = (data: Buffer) => (words = (words + data.toString()).slice(-4_000));
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  return () => words;
}

interface Ready {
  readonly address?: string;
  readonly adminAddress?: string;
}

function untilReady(
  child: ChildProcess,
  { file, lastWords }: { file: string; lastWords: () => string },
): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${file} ${what}. Its last words:\n${lastWords()}`));
    const timer = setTimeout(() => fail(`was not ready after ${STARTING_MS} ms`), STARTING_MS);
    child.once('error', (error) => fail(`could not be run: ${error.message}`));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
    child.once('message', (message: Ready) => {
      clearTimeout(timer);
      resolve(message);
    });
  });
}

async function stop(child: ChildProcess, gone: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPING_MS);
  await gone;
  clearTimeout(timer);
}
