/** Remembers which promises are still open, so that closing can wait for them. */
export interface Pending {
  track<Answer>(promise: Promise<Answer>): Promise<Answer>;
  /** Resolves when everything tracked so far is settled, well or badly. */
  settle(): Promise<void>;
}

export function createPending(): Pending {
  const open = new Set<Promise<unknown>>();
  return {
    track(promise) {
      open.add(promise);
      const forget = (): boolean => open.delete(promise);
      promise.then(forget, forget);
      return promise;
    },
    async settle() {
      await Promise.allSettled(open);
    },
  };
}
