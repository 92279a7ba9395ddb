/**
 * Keeps one app running. States: starting → ready → (ended → waiting → starting …). An app that ends
 * unexpectedly is restarted after a pause that doubles. An app that keeps ending before it is ready is given
 * up, with its last lines of output in the error. `restart` begins the cycle again, and `stop` ends it, from any state.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import { formatLogLine, makePaint } from './log-line.ts';
import { spawnApp, type AppPlan, type AppProcess, type AppReady } from './app-process.ts';

/** Consecutive ends before `ready` after which the app is given up. */
const START_TRIES_MAX = 3;
const PAUSE_MIN_MS = 250;
const PAUSE_MAX_MS = 10_000;
/** An app that ran this long has recovered, and the count of its ends starts again. */
const RECOVERED_MS = 60_000;
/** Longer than an app's own grace time (15 s by default), after which it ends its remaining work itself. */
const STOP_WAIT_MS = 25_000;
/** The longest timer there is, 24 days. */
const CHANGE_WAIT_MS = 2 ** 31 - 1;
const LAST_WORDS_MAX = 10;

export interface SupervisedApp {
  /** The first `ready`. Rejects with a `CliError` when the app was given up before, never after `stop`. */
  ready: Promise<AppReady>;
  /** Sends SIGTERM to the app, waits, and kills it if it does not end. Resolves when it has ended. */
  stop: () => Promise<void>;
  kill: () => void;
  /** Sends SIGTERM to the app and starts it again when it has ended; for changed sources. */
  restart: () => void;
}

export interface SupervisePlan extends AppPlan {
  /** Called with a line for each unexpected end. */
  report: (line: string) => void;
  /** Called at most once, when the app is given up. */
  onGivenUp: (error: CliError) => void;
  /** An app that ends before it is ready then waits for `restart` and is not given up. */
  isWatched?: boolean;
}

export function superviseApp(plan: SupervisePlan): SupervisedApp {
  const first = Promise.withResolvers<AppReady>();
  first.promise.catch(() => {}); // the failure also reaches `onGivenUp`, so this promise may be ignored
  const words: string[] = [];
  const onLine = (text: string) => {
    words.push(text);
    if (words.length > LAST_WORDS_MAX) words.shift();
    plan.onLine(text);
  };
  const stopping = new AbortController();
  let restarting = new AbortController();
  let current: AppProcess | undefined;
  const pause = (ms: number) =>
    delay(ms, undefined, { signal: AbortSignal.any([stopping.signal, restarting.signal]) }).catch(() => {});

  const cycle = async (): Promise<void> => {
    let pauseMs = PAUSE_MIN_MS;
    for (let failedStarts = 0; ;) {
      words.length = 0;
      if (restarting.signal.aborted) {
        restarting = new AbortController();
        failedStarts = 0;
        pauseMs = PAUSE_MIN_MS;
      }
      const startedAt = performance.now();
      current = spawnApp({ ...plan, onLine });
      const ready = await current.ready;
      if (ready !== undefined) first.resolve(ready);
      const end = await current.exited;
      if (stopping.signal.aborted) return;
      if (restarting.signal.aborted) continue;
      failedStarts = ready === undefined ? failedStarts + 1 : 0;
      const isBroken = plan.isWatched === true && failedStarts > 0;
      if (failedStarts === START_TRIES_MAX) return giveUp(end);
      if (performance.now() - startedAt > RECOVERED_MS) pauseMs = PAUSE_MIN_MS;
      const when = isBroken ? 'when its source changes' : `in ${pauseMs} ms`;
      plan.report(`${plan.name} ended unexpectedly (${end}); starting it again ${when}`);
      await pause(isBroken ? CHANGE_WAIT_MS : pauseMs);
      if (stopping.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    }
  };
  const giveUp = (end: string): void => {
    const error = givenUpError(plan.name, end, words);
    first.reject(error);
    plan.onGivenUp(error);
  };

  const ended = cycle();
  return {
    ready: first.promise,
    kill: () => {
      stopping.abort();
      current?.signal('SIGKILL');
    },
    restart: () => {
      restarting.abort();
      current?.signal('SIGTERM');
    },
    stop: async () => {
      stopping.abort();
      current?.signal('SIGTERM');
      const timer = setTimeout(() => current?.signal('SIGKILL'), STOP_WAIT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

function givenUpError(name: string, end: string, words: readonly string[]): CliError {
  return new CliError(
    `${name} ended ${START_TRIES_MAX} times before it was ready (${end}). Its last words:\n` +
      words.map((text) => formatLogLine(name, text, makePaint(false))).join('\n'),
  );
}
