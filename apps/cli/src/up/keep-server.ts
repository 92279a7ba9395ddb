/**
 * Keeps one of our own servers running. When it ends unasked it is started again on the same port, so that the apps
 * find it where it was; when it cannot be, or keeps ending, the caller hears of it once.
 */
import type { RunningServer } from '@slotline/embedded';
import { CliError } from '../cli-error.ts';

/** Unasked ends in one run of `up` after which the server is given up: something on this machine kills it. */
const RESTARTS_MAX = 5;

export interface KeptServer {
  url: string;
  /** Clean and bounded. */
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
        throw new CliError(`${name} ended ${restarts + 1} times. Its log, ${server.logFile}, may say why.`);
      }
      report(`${name} ended unexpectedly; starting it again`);
      current = start(server.port);
    }
  };
  watch().catch(onGivenUp);

  const end = async (how: 'stop' | 'kill'): Promise<void> => {
    isStopping = true;
    const server = await current.catch(() => undefined); // a failed restart left nothing to end
    await server?.[how]();
  };
  return { url: first.url, stop: () => end('stop'), kill: () => end('kill') };
}
