/** An interruptible sleep, and a loop that pauses with it. */

/** An interruptible sleep for one sleeper. A ring without a sleeper makes the next sleep return at once. */
export interface Bell {
  ring(): void;
  sleep(ms: number): Promise<void>;
}

export function createBell(): Bell {
  let isRung = false;
  let wake = (): void => undefined;
  return {
    ring() {
      isRung = true;
      wake();
    },
    async sleep(ms) {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = (): void => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isRung = false;
    },
  };
}

export interface Repetition {
  /** Ends the pause; resolves when the current run is done. */
  close(): Promise<void>;
}

/** `run` must report its errors itself and must not reject. */
export function repeat(run: () => Promise<void>, restMs: number): Repetition {
  const bell = createBell();
  let isClosed = false;
  const loop = (async () => {
    while (!isClosed) {
      await run();
      await bell.sleep(restMs);
    }
  })();
  return {
    close() {
      isClosed = true;
      bell.ring();
      return loop;
    },
  };
}
