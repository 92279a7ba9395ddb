// Reads the versions of an org in the order in which they were decided.

import type { Database } from '../sql/database.ts';
import { FACTS_BYTES, ORG, ORG_OF_ROW, VERSION_FACTS } from './facts.ts';
import { endAtBytes, PAGE_BYTES_MAX, takePage, type RowOfPage } from '../sql/page-bytes.ts';
import { readRows, type ReadStatement } from '../sql/read-rows.ts';
import type { VersionRecord } from '../records/records.ts';

export interface ChangesQuery {
  readonly orgId: string;
  /** Only versions with a greater sequence; 0 for all. */
  readonly after: number;
  readonly limit: number;
  /** Default {@link PAGE_BYTES_MAX}. */
  readonly bytesMax?: number | undefined;
}

export interface ChangesPage {
  readonly versions: readonly VersionRecord[];
  /** Whether more versions follow. */
  readonly hasNext: boolean;
}

const ROWS = `
  select a.*, o.org_id from ${ORG}
  cross join lateral (
    select * from appointment_versions
    where org_key = o.org_key and sequence > $2::bigint
    order by sequence limit $3
  ) a`;

export const LIST_CHANGES: ReadStatement = {
  name: 'list-changes',
  text: `
  select ${VERSION_FACTS}, a."hasNext"
  from (${endAtBytes(ROWS, { order: 'sequence', weight: FACTS_BYTES, bytesMax: '$4::int' })}) a ${ORG_OF_ROW}
  order by a.sequence`,
};

/**
 * Lists the versions of an org by sequence, without gaps. Sequences are assigned under the org's lock and commit in
 * order, so a reader that has seen one has missed no lower one. Empty at the end of the feed and for an unknown
 * org.
 */
export async function listChanges(
  db: Database,
  { orgId, after, limit, bytesMax = PAGE_BYTES_MAX }: ChangesQuery,
): Promise<ChangesPage> {
  // One extra row shows whether more follow.
  const values = [orgId, after, limit + 1, bytesMax];
  const rows = await readRows<VersionRecord & RowOfPage>(db, LIST_CHANGES, values);
  const { shown: versions, last } = takePage(rows, limit);
  return { versions, hasNext: last !== undefined };
}
