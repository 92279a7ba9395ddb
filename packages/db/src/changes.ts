// Reads of an org's versions in the order in which they were decided.

import type { Database } from './database.ts';
import { ORG, VERSION_FACTS } from './facts.ts';
import { readRows, type ReadStatement } from './read-rows.ts';
import type { VersionRecord } from './records.ts';

export interface ChangesQuery {
  readonly orgId: string;
  /** Only what has a greater sequence; 0 for everything. */
  readonly after: number;
  readonly limit: number;
}

export const LIST_CHANGES: ReadStatement = {
  name: 'list-changes',
  text: `
  select ${VERSION_FACTS} from ${ORG}
  cross join lateral (
    select * from appointment_versions
    where org_key = o.org_key and sequence > $2::bigint
    order by sequence limit $3
  ) a
  order by a.sequence`,
};

/**
 * The org's versions by sequence, without gaps: sequences are handed out under the org's lock and committed in
 * order, so whoever read up to one never misses a lower one. `[]` when nothing follows, or of an unknown org.
 */
export async function listChanges(
  db: Database,
  { orgId, after, limit }: ChangesQuery,
): Promise<readonly VersionRecord[]> {
  return readRows<VersionRecord>(db, LIST_CHANGES, [orgId, after, limit]);
}
