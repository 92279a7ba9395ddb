// Counts what is under way between the body of a write and the answer of Redis. Waits for decisions, streams and slow
// bodies are not in it: they cost a socket, not the event loop.

export interface InFlight {
  count(): number;
  /** Wraps an asynchronous function, so that each call counts until it settles. */
  counted<Args extends readonly unknown[], Answer>(
    run: (...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<Answer>;
}

export function createInFlight(): InFlight {
  let count = 0;
  return {
    count: () => count,
    counted:
      (run) =>
      async (...args) => {
        count += 1;
        try {
          return await run(...args);
        } finally {
          count -= 1;
        }
      },
  };
}
