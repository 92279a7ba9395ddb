// A loop that works page after page for as long as the process runs. It looks again after a while when there was
// nothing, later and later while there goes on to be nothing or a store is away, and sooner when it is nudged, unless
// nudges have led to nothing of late. One page at a time.

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
  /** The rest of a loop that is nudged. It doubles with every page that is empty, up to `nudgedMaxMs`. */
  readonly nudgedMs: number;
  readonly nudgedMaxMs: number;
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
/** From a nudge to its page at least: who nudges has something to finish first, and pages take the CPU from it. */
const NUDGE_DELAY_MS = 5;

export function startLoop(options: LoopOptions): Loop {
  const { step, idleMs, idleMaxMs = idleMs, nudgedMs, nudgedMaxMs, onFailure } = options;
  let isClosing = false;
  let endRest = () => {};
  let hasten = () => {};
  let isNudged = false;
  let failures = 0;
  let [idleNextMs, nudgedNextMs] = [idleMs, nudgedMs];

  const rest = async ({ ms, isNudgeable }: { ms: number; isNudgeable: boolean }) => {
    if (isClosing) return;
    const beganAt = performance.now();
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, ms);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
      if (!isNudgeable) return;
      hasten = () => {
        hasten = () => {};
        clearTimeout(timer);
        const restedMs = performance.now() - beganAt;
        timer = setTimeout(resolve, hastenedMs({ ms, restedMs, nudgedMs: nudgedNextMs }));
      };
      if (isNudged) hasten();
    });
    hasten = () => {};
  };

  /** Works one page and says for how long to rest, and whether a nudge shortens the rest. */
  const work = async (): Promise<{ ms: number; isNudgeable: boolean }> => {
    const startedAt = performance.now();
    isNudged = false;
    try {
      const { isMore, isEmpty } = await step();
      failures = 0;
      const restMs = isEmpty ? idleNextMs : idleMs;
      idleNextMs = isEmpty ? Math.min(idleMaxMs, 2 * idleNextMs) : idleMs;
      nudgedNextMs = isEmpty ? Math.min(nudgedMaxMs, 2 * nudgedNextMs) : nudgedMs;
      // With a backlog it works half of the time: it may be behind for long, and must not take the database
      // from those who decide.
      if (isMore) return { ms: performance.now() - startedAt, isNudgeable: false };
      return { ms: restMs, isNudgeable: true };
    } catch (cause) {
      onFailure(cause);
      failures += 1;
      const ms = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1));
      return { ms: ms * (0.5 + Math.random() / 2), isNudgeable: false };
    }
  };

  const run = async () => {
    while (!isClosing) await rest(await work());
  };
  const running = run();
  return {
    nudge: () => {
      isNudged = true;
      idleNextMs = idleMs;
      hasten();
    },
    close: () => {
      isClosing = true;
      endRest();
      return running;
    },
  };
}

/** What is left of a rest once it is nudged: nothing, when the loop was busy at the end of it. */
function hastenedMs({ ms, restedMs, nudgedMs }: Record<'ms' | 'restedMs' | 'nudgedMs', number>): number {
  return Math.max(0, Math.min(ms - restedMs, Math.max(nudgedMs - restedMs, NUDGE_DELAY_MS)));
}
