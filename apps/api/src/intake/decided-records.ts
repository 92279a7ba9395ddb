// Decided requests by id, from PostgreSQL. Redis remembers a completed request for minutes, PostgreSQL
// indefinitely. All look-ups of one event-loop tick share one query.

import type { RequestRecord } from '@slotline/db';

export type Records = ReadonlyMap<string, RequestRecord>;
/** One query for the records of these ids. */
export type LookUp = (ids: readonly string[]) => Promise<Records>;

/** Maximum number of ids in one query; more are split over several queries. */
export const IDS_PER_QUERY_MAX = 1_000;
/** How long an accept waits for PostgreSQL before it continues without it. */
export const RECALL_TIMEOUT_MS = 250;
/** How long an accept does not ask PostgreSQL after a failed look-up. */
export const RECALL_PAUSE_MS = 1_000;

const NOTHING: Records = new Map();

interface Asked {
  readonly ids: readonly string[];
  readonly resolve: (records: Records) => void;
  readonly reject: (cause: unknown) => void;
}

export class DecidedRecords {
  readonly #lookUp: LookUp;
  #asked: Asked[] = [];
  #recallPausedUntil = 0;

  constructor(lookUp: LookUp) {
    this.#lookUp = lookUp;
  }

  /** The records of these ids; ids that are not decided are absent. Rejects with the error of the query. */
  find(ids: readonly string[]): Promise<Records> {
    if (ids.length === 0) return Promise.resolve(NOTHING);
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ ids, resolve, reject }) === 1) setImmediate(() => this.#flush());
    });
  }

  /**
   * As `find`, for an accept, which must not depend on PostgreSQL: when it is slow or unreachable the result is
   * empty. Then a late retry is not recognised here; the primary key catches it at its decision.
   */
  async recall(ids: readonly string[]): Promise<Records> {
    if (ids.length === 0 || performance.now() < this.#recallPausedUntil) return NOTHING;
    try {
      return await within(RECALL_TIMEOUT_MS, this.find(ids));
    } catch {
      this.#recallPausedUntil = performance.now() + RECALL_PAUSE_MS;
      return NOTHING;
    }
  }

  #flush(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (const group of groupsOf(asked)) void this.#answer(group);
  }

  async #answer(group: readonly Asked[]): Promise<void> {
    try {
      const records = await this.#lookUp(group.flatMap(({ ids }) => ids));
      for (const one of group) one.resolve(records);
    } catch (cause) {
      for (const one of group) one.reject(cause);
    }
  }
}

function groupsOf(asked: readonly Asked[]): Asked[][] {
  const groups: Asked[][] = [];
  let room = 0;
  for (const one of asked) {
    if (one.ids.length > room) {
      groups.push([]);
      room = IDS_PER_QUERY_MAX;
    }
    groups.at(-1)?.push(one);
    room -= one.ids.length;
  }
  return groups;
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
