// Waiting for decisions without asking again and again: the queue wakes us through its one subscription.

import type { Queue } from './accept.ts';
import { decided, type RequestState } from './request-state.ts';

export type AwaitOutcomes = (
  states: readonly RequestState[],
  options: { readonly seconds: number; readonly signal: AbortSignal },
) => Promise<readonly RequestState[]>;

/** Resolves when all are decided, after `seconds`, or at once at the abort. */
export function createAwaitOutcomes({ queue }: { queue: Queue }): AwaitOutcomes {
  return async (states, { seconds, signal }) => {
    const ids = states.flatMap((state) => (state.status === 'queued' ? [state.requestId] : []));
    if (ids.length === 0 || seconds === 0) return states;
    const records = await queue.settled(ids, { timeoutMs: seconds * 1_000, signal });
    const byId = new Map(ids.map((id, at) => [id, records[at]]));
    return states.map((state) => {
      const record = state.status === 'queued' ? byId.get(state.requestId) : undefined;
      return record === undefined ? state : decided(record);
    });
  };
}
