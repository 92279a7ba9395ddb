// Reads of one appointment's append-only history.

import type { Database } from './database.ts';
import { ORG, VERSION_FACTS } from './facts.ts';
import { readRows, type ReadStatement } from './read-rows.ts';
import type { VersionRecord } from './records.ts';

export interface VersionsQuery {
  readonly orgId: string;
  readonly appointmentId: string;
  /** Only versions above this one. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface VersionsPage {
  readonly versions: readonly VersionRecord[];
  /** `after` of the next page; absent on the last one. */
  readonly next?: number;
}

export const LIST_VERSIONS: ReadStatement = {
  name: 'list-versions',
  text: `
  select ${VERSION_FACTS} from ${ORG}
  cross join lateral (
    select * from appointment_versions
    where org_key = o.org_key and appointment_id = $2 and version > $3::int
    order by version limit $4
  ) a
  order by a.version`,
};

/** Versions of an appointment, oldest first and without gaps; none when it was never booked. */
export async function listVersions(
  db: Database,
  { orgId, appointmentId, after = 0, limit }: VersionsQuery,
): Promise<VersionsPage> {
  const rows = await readRows<VersionRecord>(db, LIST_VERSIONS, [orgId, appointmentId, after, limit + 1]);
  const versions = rows.slice(0, limit);
  return rows.length > limit ? { versions, next: versions.at(-1)?.version ?? after } : { versions };
}
