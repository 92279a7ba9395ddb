/** Runs a task again and again, a rest after each run, until it is closed. */
import { createBell } from './bell.ts';

export interface Repetition {
  /** Ends the rest; resolves when the run under way is done. */
  close(): Promise<void>;
}

/** `run` says itself what went wrong, and rejects never. */
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
