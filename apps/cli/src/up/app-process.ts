/**
 * One run of an app as a child process. It runs in a session of its own, so that Ctrl-C reaches `up` alone and the
 * order of stopping is ours, and on an IPC channel: over it the app says it is ready, and by its end the app learns
 * that its parent was killed.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface AppPlan {
  name: string;
  /** The program to run the app with, and its arguments. */
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Hears every line of the app's output. */
  onLine: (text: string) => void;
}

export interface AppReady {
  address?: string;
  adminAddress?: string;
}

export interface AppProcess {
  /** What the app said when it became ready; `undefined` when it ended before that. Never rejects. */
  ready: Promise<AppReady | undefined>;
  /** How it ended, in words; after its last line was heard. Never rejects. */
  exited: Promise<string>;
  signal: (signal: 'SIGTERM' | 'SIGKILL') => void;
}

function isReady(message: unknown): message is AppReady {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready';
}

export function spawnApp({ command, args, env, onLine }: AppPlan): AppProcess {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  for (const input of [child.stdout, child.stderr]) {
    if (input !== null) hearLines(input, onLine);
  }
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message)); // it could not be run at all
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const ready = new Promise<AppReady | undefined>((resolve) => {
    child.on('message', (message) => {
      if (isReady(message)) resolve(message);
    });
    void exited.then(() => resolve(undefined));
  });
  return { ready, exited, signal: (signal) => void child.kill(signal) };
}

// Not `readline`, for which U+2028 ends a line too: JSON may hold one, and what follows it would pass for a record.
function hearLines(input: Readable, onLine: (text: string) => void): void {
  let rest = '';
  input.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  input.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
