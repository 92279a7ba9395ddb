// A loop that processes pages, one at a time, until it is closed. After an empty page or a failure it pauses;
// the pause grows while pages stay empty or a store is unavailable. A nudge shortens the pause, less so after
// empty nudged pages.

/** The result of one page. */
export interface Page {
  readonly isMore: boolean;
  readonly isEmpty: boolean;
}

export interface LoopOptions {
  /** Processes one page. An error is reported to `onFailure`, and the page is retried. */
  readonly step: () => Promise<Page>;
  readonly idleMs: number;
  /** The pause doubles with every empty page, up to this. Without it the pause is constant. */
  readonly idleMaxMs?: number | undefined;
  /** The pause of a nudged loop. It doubles with every empty page, up to `nudgedMaxMs`. */
  readonly nudgedMs: number;
  readonly nudgedMaxMs: number;
  readonly onFailure: (cause: unknown) => void;
}

export interface Loop {
  /** Signals new work. Cheap; may be called at any rate. */
  nudge(): void;
  /** Resolves when the current page is done; no other page starts. */
  close(): Promise<void>;
}

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 10_000;
/**
 * Minimum time from a nudge to its page: the caller still has work to finish, and a page competes for its
 * CPU.
 */
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

  /** Processes one page; returns how long to pause, and whether a nudge shortens the pause. */
  const work = async (): Promise<{ ms: number; isNudgeable: boolean }> => {
    const startedAt = performance.now();
    isNudged = false;
    try {
      const { isMore, isEmpty } = await step();
      failures = 0;
      const restMs = isEmpty ? idleNextMs : idleMs;
      idleNextMs = isEmpty ? Math.min(idleMaxMs, 2 * idleNextMs) : idleMs;
      nudgedNextMs = isEmpty ? Math.min(nudgedMaxMs, 2 * nudgedNextMs) : nudgedMs;
      // With a backlog the loop works half of the time. A backlog may last long, and deciding needs the
      // database.
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

/**
 * The rest of a pause after a nudge; 0 when a busy event loop delayed the nudge past the end of the pause.
 */
function hastenedMs({ ms, restedMs, nudgedMs }: Record<'ms' | 'restedMs' | 'nudgedMs', number>): number {
  return Math.max(0, Math.min(ms - restedMs, Math.max(nudgedMs - restedMs, NUDGE_DELAY_MS)));
}
