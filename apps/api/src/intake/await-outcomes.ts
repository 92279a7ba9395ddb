// Waits for decisions without polling: the queue notifies through its single subscription.

import type { RequestRecord } from '@slotline/db';
import { ELSEWHERE, type Elsewhere } from '@slotline/queue';
import type { Queue } from './accept.ts';
import type { DecidedRecords, Records } from './decided-records.ts';
import { decided, type RequestState } from './request-state.ts';

interface Patience {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface AwaitContext {
  readonly queue: Pick<Queue, 'completed' | 'expect'>;
  readonly records: Pick<DecidedRecords, 'find'>;
}

/** Resolves when all are decided, after `seconds`, or on abort. */
export async function awaitOutcomes(
  { queue, records }: AwaitContext,
  states: readonly RequestState[],
  { seconds, signal }: Patience,
): Promise<readonly RequestState[]> {
  const ids = states.flatMap((state) => (state.status === 'queued' ? [state.requestId] : []));
  if (ids.length === 0 || seconds === 0) return states;
  const results = await queue.completed(ids, { timeoutMs: seconds * 1_000, signal });
  const found = await readElsewhere(records, ids, results);
  return states.map((state) => {
    const record = state.status === 'queued' ? found.get(state.requestId) : undefined;
    return record === undefined ? state : decided(record);
  });
}

/** The outcome of one request, subscribed to before the request is accepted; see {@link OrgQueue.expect}. */
export interface ExpectedOutcome {
  /** As {@link awaitOutcomes}, for the accepted request. */
  of(accepted: RequestState, patience: Patience): Promise<RequestState>;
  /** Does nothing after a completed wait. */
  end(): void;
}

export function expectOutcome({ queue, records }: AwaitContext, requestId: string): ExpectedOutcome {
  const { completed, end } = queue.expect([requestId]);
  return {
    of: async (accepted, { seconds, signal }) => {
      const results = await completed({ timeoutMs: seconds * 1_000, signal });
      const record = (await readElsewhere(records, [requestId], results)).get(requestId);
      return record === undefined ? accepted : decided(record);
    },
    end,
  };
}

/**
 * The records of these ids. An outcome too large for Redis was committed to PostgreSQL before it was
 * announced. If PostgreSQL is unreachable it is left out, as if the wait had ended before the decision.
 */
async function readElsewhere(
  records: Pick<DecidedRecords, 'find'>,
  ids: readonly string[],
  results: readonly (RequestRecord | Elsewhere | undefined)[],
): Promise<Records> {
  const here = ids.flatMap((id, at): [string, RequestRecord][] => {
    const result = results[at];
    return result === undefined || result === ELSEWHERE ? [] : [[id, result]];
  });
  const elsewhere = ids.filter((_, at) => results[at] === ELSEWHERE);
  if (elsewhere.length === 0) return new Map(here);
  const found = await records.find(elsewhere).catch(() => new Map<string, RequestRecord>());
  return new Map([...here, ...found]);
}
