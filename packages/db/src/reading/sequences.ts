// Reads the position of the end of each org's change feed.

import type { Database } from '../sql/database.ts';
import { readRows, type ReadStatement } from '../sql/read-rows.ts';

export const FIND_SEQUENCES: ReadStatement = {
  name: 'find-sequences',
  text: `
  select o.org_id as "orgId", o.change_sequence as sequence
  from unnest($1::text[]) as k(org_id)
  cross join lateral (select * from orgs where org_id = k.org_id limit 1) o`,
};

/** Sequence of each org's latest version by org id; 0 before the first version. Unknown orgs are absent. */
export async function findSequences(
  db: Database,
  orgIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (orgIds.length === 0) return new Map();
  const rows = await readRows<{ orgId: string; sequence: number }>(db, FIND_SEQUENCES, [orgIds]);
  return new Map(rows.map(({ orgId, sequence }) => [orgId, sequence]));
}
