// Reads the append-only history of one appointment.

import type { Database } from '../sql/database.ts';
import { FACTS_BYTES, ORG, ORG_OF_ROW, VERSION_FACTS } from './facts.ts';
import { endAtBytes, takePage, type RowOfPage } from '../sql/page-bytes.ts';
import { readRows, type ReadStatement } from '../sql/read-rows.ts';
import type { VersionRecord } from '../records/records.ts';

export interface VersionsQuery {
  readonly orgId: string;
  readonly appointmentId: string;
  /** Only versions above this one. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface VersionsPage {
  readonly versions: readonly VersionRecord[];
  /** `after` of the next page; absent on the last page. */
  readonly next?: number;
}

const ROWS = `
  select a.*, o.org_id from ${ORG}
  cross join lateral (
    select * from appointment_versions
    where org_key = o.org_key and appointment_id = $2 and version > $3::int
    order by version limit $4
  ) a`;

export const LIST_VERSIONS: ReadStatement = {
  name: 'list-versions',
  text: `
  select ${VERSION_FACTS}, a."hasNext"
  from (${endAtBytes(ROWS, { order: 'version', weight: FACTS_BYTES })}) a ${ORG_OF_ROW}
  order by a.version`,
};

/** Lists versions of an appointment, oldest first, without gaps; empty if it was never booked. */
export async function listVersions(
  db: Database,
  { orgId, appointmentId, after = 0, limit }: VersionsQuery,
): Promise<VersionsPage> {
  const values = [orgId, appointmentId, after, limit + 1];
  const rows = await readRows<VersionRecord & RowOfPage>(db, LIST_VERSIONS, values);
  const { shown: versions, last } = takePage(rows, limit);
  return last === undefined ? { versions } : { versions, next: last.version };
}
