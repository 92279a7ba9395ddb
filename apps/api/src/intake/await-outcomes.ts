// Waiting for decisions without asking again and again: the queue wakes us through its one subscription.

import type { Queue } from './accept.ts';
import { decided, type RequestState } from './request-state.ts';

interface Patience {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export type AwaitOutcomes = (
  states: readonly RequestState[],
  patience: Patience,
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

/** The outcome of one request, listened for before it is accepted; see {@link OrgQueue.expect}. */
export interface ExpectedOutcome {
  /** As {@link AwaitOutcomes} does, for the request as it was accepted. */
  of(accepted: RequestState, patience: Patience): Promise<RequestState>;
  /** Harmless when it was waited for. */
  end(): void;
}

export type ExpectOutcome = (requestId: string) => ExpectedOutcome;

export function createExpectOutcome({ queue }: { queue: Queue }): ExpectOutcome {
  return (requestId) => {
    const { settled, end } = queue.expect([requestId]);
    return {
      of: async (accepted, { seconds, signal }) => {
        const [record] = await settled({ timeoutMs: seconds * 1_000, signal });
        return record === undefined ? accepted : decided(record);
      },
      end,
    };
  };
}
