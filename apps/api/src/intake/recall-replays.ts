// Finds keyed requests that were decided before. Redis remembers a settled request for minutes, PostgreSQL
// indefinitely, so a late retry is recognised here. The accept path must not depend on PostgreSQL: when it is
// slow or unreachable the result is "not known", and the primary key catches the repeat at its decision.

import type { FindRecords, Records } from './find-records.ts';

/** How long an accept waits for PostgreSQL before it continues without it. */
export const RECALL_TIMEOUT_MS = 250;
/** How long look-ups are skipped after a failed one. */
export const RECALL_PAUSE_MS = 1_000;

const NOTHING: Records = new Map();

export function createRecallReplays(findRecords: FindRecords): FindRecords {
  let pausedUntil = 0;
  return async (ids) => {
    if (ids.length === 0 || performance.now() < pausedUntil) return NOTHING;
    try {
      return await within(RECALL_TIMEOUT_MS, findRecords(ids));
    } catch {
      pausedUntil = performance.now() + RECALL_PAUSE_MS;
      return NOTHING;
    }
  };
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('timeout')), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
