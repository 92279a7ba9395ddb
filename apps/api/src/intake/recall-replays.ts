// Whether keyed requests were decided before. Redis remembers a settled request for minutes, PostgreSQL for
// ever, so a late retry is recognised here. The accept path must not depend on PostgreSQL: when it is slow or
// away the answer is "not known", and the primary key catches the repeat when it is decided.

import type { FindRecords, Records } from './find-records.ts';

/** How long an accept waits for PostgreSQL before it goes on without. */
export const RECALL_TIMEOUT_MS = 250;
/** After a failed look-up the next ones are left out for so long. */
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
