// Decided requests by id, from PostgreSQL. All look-ups of one event-loop tick share one query.

import { findRequests, type Database, type RequestRecord } from '@slotline/db';

export type Records = ReadonlyMap<string, RequestRecord>;
export type FindRecords = (ids: readonly string[]) => Promise<Records>;

/** Maximum number of ids in one query; more are split over several queries. */
export const IDS_PER_QUERY_MAX = 1_000;

interface Asked {
  readonly ids: readonly string[];
  readonly resolve: (records: Records) => void;
  readonly reject: (cause: unknown) => void;
}

export function createFindRecords(db: Database): FindRecords {
  let asked: Asked[] = [];

  const flush = () => {
    const now = asked;
    asked = [];
    for (const group of groupsOf(now)) void answer(db, group);
  };

  return (ids) =>
    new Promise((resolve, reject) => {
      if (ids.length === 0) return resolve(new Map());
      if (asked.push({ ids, resolve, reject }) === 1) setImmediate(flush);
    });
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

async function answer(db: Database, group: readonly Asked[]): Promise<void> {
  try {
    const records = await findRequests(
      db,
      group.flatMap(({ ids }) => ids),
    );
    for (const one of group) one.resolve(records);
  } catch (cause) {
    for (const one of group) one.reject(cause);
  }
}
