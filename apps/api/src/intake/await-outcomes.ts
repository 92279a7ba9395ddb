// Waits for decisions without polling: the queue notifies through its single subscription.

import type { RequestRecord } from '@slotline/db';
import { ELSEWHERE, type Elsewhere } from '@slotline/queue';
import type { Queue } from './accept.ts';
import type { FindRecords, Records } from './find-records.ts';
import { decided, type RequestState } from './request-state.ts';

interface Patience {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export type AwaitOutcomes = (
  states: readonly RequestState[],
  patience: Patience,
) => Promise<readonly RequestState[]>;

export interface AwaitOutcomesOptions {
  readonly queue: Queue;
  readonly findRecords: FindRecords;
}

/** Resolves when all are decided, after `seconds`, or on abort. */
export function createAwaitOutcomes({ queue, findRecords }: AwaitOutcomesOptions): AwaitOutcomes {
  return async (states, { seconds, signal }) => {
    const ids = states.flatMap((state) => (state.status === 'queued' ? [state.requestId] : []));
    if (ids.length === 0 || seconds === 0) return states;
    const results = await queue.settled(ids, { timeoutMs: seconds * 1_000, signal });
    const records = await readElsewhere(findRecords, ids, results);
    return states.map((state) => {
      const record = state.status === 'queued' ? records.get(state.requestId) : undefined;
      return record === undefined ? state : decided(record);
    });
  };
}

/** The outcome of one request, subscribed to before the request is accepted; see {@link OrgQueue.expect}. */
export interface ExpectedOutcome {
  /** As {@link AwaitOutcomes}, for the accepted request. */
  of(accepted: RequestState, patience: Patience): Promise<RequestState>;
  /** Does nothing after a completed wait. */
  end(): void;
}

export type ExpectOutcome = (requestId: string) => ExpectedOutcome;

export function createExpectOutcome({ queue, findRecords }: AwaitOutcomesOptions): ExpectOutcome {
  return (requestId) => {
    const { settled, end } = queue.expect([requestId]);
    return {
      of: async (accepted, { seconds, signal }) => {
        const results = await settled({ timeoutMs: seconds * 1_000, signal });
        const record = (await readElsewhere(findRecords, [requestId], results)).get(requestId);
        return record === undefined ? accepted : decided(record);
      },
      end,
    };
  };
}

/**
 * The records of these ids. An outcome too large for Redis was committed to PostgreSQL before it was
 * announced. If PostgreSQL is unreachable it is left out, as if the wait had ended before the decision.
 */
async function readElsewhere(
  findRecords: FindRecords,
  ids: readonly string[],
  results: readonly (RequestRecord | Elsewhere | undefined)[],
): Promise<Records> {
  const here = ids.flatMap((id, at): [string, RequestRecord][] => {
    const result = results[at];
    return result === undefined || result === ELSEWHERE ? [] : [[id, result]];
  });
  const elsewhere = ids.filter((_, at) => results[at] === ELSEWHERE);
  if (elsewhere.length === 0) return new Map(here);
  const found = await findRecords(elsewhere).catch(() => new Map<string, RequestRecord>());
  return new Map([...here, ...found]);
}
