// Runs an API or a worker as a separate process, started as `slotline up` starts it, so that it can be killed.

import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '@slotline/runtime';

export const PROJECT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export interface AppProcess {
  readonly pid: number;
  /** Where an API answers; empty for a worker. */
  readonly address: string;
  /** Where an API answers its operators; empty for a worker. */
  readonly adminAddress: string;
  /** Everything it wrote. */
  lastWords(): string;
  /** Whether it is gone, by whatever cause. */
  hasEnded(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Resident memory at its highest, in bytes, as the kernel counted it; NaN when it is gone. */
  peakMemory(): number;
  /** Processor time it has used so far with all its threads, in seconds; NaN when it is gone. */
  cpuSeconds(): number;
}

export async function startApp(
  app: 'api' | 'worker',
  environment: Record<string, string>,
): Promise<AppProcess> {
  const child = spawn(
    process.execPath,
    [...HEAP_FLAGS, '--conditions=source', path.join(PROJECT, 'apps', app, 'src/main.ts')],
    { env: { ...process.env, LOG_LEVEL: 'warn', ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const words: string[] = [];
  child.stdout?.on('data', (data: Buffer) => words.push(data.toString()));
  child.stderr?.on('data', (data: Buffer) => words.push(data.toString()));
  const lastWords = () => words.join('');
  const { address = '', adminAddress = '' } = await ready(child, lastWords);
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const pid = child.pid ?? -1;
  return {
    pid,
    address,
    adminAddress,
    lastWords,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    stop: () => {
      child.kill('SIGTERM');
      return gone;
    },
    peakMemory: () => peakMemoryOf(pid),
    cpuSeconds: () => cpuSecondsOf(pid),
  };
}

interface Ready {
  readonly address?: string;
  readonly adminAddress?: string;
}

function ready(child: ChildProcess, lastWords: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Ready));
    child.once('exit', (code) =>
      reject(new Error(`exited with ${code} before it was ready:\n${lastWords()}`)),
    );
  });
}

function peakMemoryOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readProcess(pid, 'status'))?.[1] ?? Number.NaN) * 1024;
}

/** User and system time are the 12th and 13th field after the name, in hundredths of a second (proc_pid_stat(5)). */
function cpuSecondsOf(pid: number): number {
  const stat = readProcess(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Empty when it is gone. */
function readProcess(pid: number, file: 'status' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
