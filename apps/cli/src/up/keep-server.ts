/**
 * Keeps one of our own servers running. After an unexpected end it is restarted on the same port, so that the
 * apps can reconnect. When the restart fails or the server keeps ending, `onGivenUp` is called once.
 */
import type { RunningServer } from '@slotline/embedded';
import { CliError } from '../cli-error.ts';

/** Unexpected ends in one run of `up` after which the server is given up. */
const RESTARTS_MAX = 5;

export interface KeptServer {
  url: string;
  /** A clean stop within a time limit. */
  stop: () => Promise<void>;
  kill: () => Promise<void>;
}

export interface KeepPlan {
  name: string;
  start: (port?: number) => Promise<RunningServer>;
  report: (line: string) => void;
  /** Called at most once. */
  onGivenUp: (error: unknown) => void;
}

/** Starts the server and watches it; rejects when the first start fails. */
export async function keepServer({ name, start, report, onGivenUp }: KeepPlan): Promise<KeptServer> {
  const first = await start();
  let current = Promise.resolve(first);
  let isStopping = false;

  const watch = async (): Promise<void> => {
    for (let restarts = 0; ; restarts += 1) {
      const server = await current;
      await server.exited;
      if (isStopping) return;
      if (restarts === RESTARTS_MAX) {
        throw new CliError(`${name} ended ${restarts + 1} times. See its log, ${server.logFile}.`);
      }
      report(`${name} ended unexpectedly; starting it again`);
      current = start(server.port);
    }
  };
  watch().catch(onGivenUp);

  const end = async (how: 'stop' | 'kill'): Promise<void> => {
    isStopping = true;
    const server = await current.catch(() => undefined); // after a failed restart nothing runs
    await server?.[how]();
  };
  return { url: first.url, stop: () => end('stop'), kill: () => end('kill') };
}
