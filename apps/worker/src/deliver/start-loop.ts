// A loop that works page after page for as long as the process runs. It looks again after a while when there was
// nothing, later and later while there goes on to be nothing or a store is away, and sooner when it is nudged. One page at
// a time.

/** What one page came to. */
export interface Page {
  readonly isMore: boolean;
  readonly isEmpty: boolean;
}

export interface LoopOptions {
  /** Works one page. What it throws is reported, and the page comes again. */
  readonly step: () => Promise<Page>;
  readonly idleMs: number;
  /** The rest doubles up to this with every page that is empty. Left out: it is always the same. */
  readonly idleMaxMs?: number | undefined;
  readonly nudgedMs: number;
  readonly onFailure: (cause: unknown) => void;
}

export interface Loop {
  /** There is something new. Costs nothing; may be called at any rate. */
  nudge(): void;
  /** Resolves when the page in hand is done; no other is begun. */
  close(): Promise<void>;
}

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 10_000;

export function startLoop(options: LoopOptions): Loop {
  const { step, idleMs, idleMaxMs = idleMs, nudgedMs, onFailure } = options;
  let isClosing = false;
  let endRest = () => {};
  let wake: (() => void) | undefined;
  let isNudged = false;
  let failures = 0;
  let idleNextMs = idleMs;

  const rest = async (ms: number, { isNudgeable }: { isNudgeable: boolean }) => {
    if (isClosing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
      if (isNudgeable) wake = endRest;
    });
    wake = undefined;
  };

  /** Works one page and says for how long to rest, and whether a nudge ends the rest. */
  const work = async (): Promise<{ ms: number; isNudgeable: boolean }> => {
    const startedAt = performance.now();
    isNudged = false;
    try {
      const { isMore, isEmpty } = await step();
      failures = 0;
      const restMs = idleNextMs;
      idleNextMs = isEmpty ? Math.min(idleMaxMs, 2 * idleNextMs) : idleMs;
      // With a backlog it works half of the time: it may be behind for long, and must not take the database
      // from those who decide.
      if (isMore) return { ms: performance.now() - startedAt, isNudgeable: false };
      return { ms: isEmpty ? restMs : idleMs, isNudgeable: true };
    } catch (cause) {
      onFailure(cause);
      failures += 1;
      const ms = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1));
      return { ms: ms * (0.5 + Math.random() / 2), isNudgeable: false };
    }
  };

  const run = async () => {
    while (!isClosing) {
      const { ms, isNudgeable } = await work();
      if (isNudgeable) await rest(nudgedMs, { isNudgeable: false });
      if (!(isNudgeable && isNudged)) await rest(ms, { isNudgeable });
    }
  };
  const running = run();
  return {
    nudge: () => {
      isNudged = true;
      idleNextMs = idleMs;
      wake?.();
    },
    close: () => {
      isClosing = true;
      endRest();
      return running;
    },
  };
}
