/** Runs a task repeatedly, with a pause after each run, until it is closed. */
import { createBell } from './bell.ts';

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
