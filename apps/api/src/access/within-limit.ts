// A promise with a time limit. PostgreSQL's own timeouts do not fire when the server or the network to it
// hangs.

import { unavailable } from '../http/answer-error.ts';

/** Rejects with the 503 problem when `work` takes longer; its later result is ignored. */
export async function withinLimit<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(new Error(`no answer in ${limitMs} ms`))), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
