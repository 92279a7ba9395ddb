/**
 * One run of an app as a child process. The child runs in its own session, so that Ctrl-C reaches only `up`,
 * which decides the order of stopping. Over the IPC channel the app reports that it is ready; when the
 * channel closes, the app knows that its parent was killed.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface AppPlan {
  name: string;
  /** The program to run the app with, and its arguments. */
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Called with every line of the app's output. */
  onLine: (text: string) => void;
}

export interface AppReady {
  address?: string;
  adminAddress?: string;
}

export interface AppProcess {
  /** The app's `ready` message; `undefined` when the app ended before it. Never rejects. */
  ready: Promise<AppReady | undefined>;
  /** How the app ended, in words; resolves after its last line of output. Never rejects. */
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
    child.once('error', (error) => resolve(error.message)); // it could not be started
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

// Not `readline`, which also splits at U+2028. JSON may contain it, and the text after it could pass for a
// record.
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
