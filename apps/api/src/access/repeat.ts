// Repeats work at an interval, one run at a time, whether or not a run fails.

import { setTimeout as delay } from 'node:timers/promises';

export interface RepeatOptions {
  readonly everyMs: number;
  readonly work: () => Promise<void>;
  /** The first failure after a success. */
  readonly onFailing: (cause: unknown) => void;
  /** The first success after a failure. */
  readonly onWorking: () => void;
}

export interface Repeated {
  /** Resolves when the current run is over; no further run starts. */
  close(): Promise<void>;
}

/** The first run starts after `everyMs`. */
export function repeat({ everyMs, work, onFailing, onWorking }: RepeatOptions): Repeated {
  const closing = new AbortController();
  let isFailing = false;
  const tell = (isNowFailing: boolean, told: () => void) => {
    if (isFailing !== isNowFailing) told();
    isFailing = isNowFailing;
  };
  const run = async () => {
    for (;;) {
      await delay(everyMs, undefined, { signal: closing.signal }).catch(() => {}); // aborted: it is closing
      if (closing.signal.aborted) return;
      await work().then(
        () => tell(false, onWorking),
        (cause: unknown) => tell(true, () => onFailing(cause)),
      );
    }
  };
  const running = run();
  return {
    close: () => {
      closing.abort();
      return running;
    },
  };
}
