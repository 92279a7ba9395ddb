// Reads of the append-only history.

import type { Database } from './database.ts';
import { failing } from './failure.ts';
import { epochMs } from './instants.ts';
import type { VersionRecord } from './records.ts';

/** Every version of an appointment, oldest first and without gaps; `[]` when it was never booked. */
export async function listVersions(
  db: Database,
  { orgId, appointmentId }: { orgId: string; appointmentId: string },
): Promise<readonly VersionRecord[]> {
  const rows = await failing(() => selectVersions(db, orgId, appointmentId));
  return rows.map((row) => ({ ...row, orgId }));
}

function selectVersions(db: Database, orgId: string, appointmentId: string) {
  return db.kysely
    .selectFrom('appointment_versions as v')
    .innerJoin('orgs as o', 'o.org_key', 'v.org_key')
    .innerJoin('resources as r', 'r.resource_key', 'v.resource_key')
    .select(['v.appointment_id as id', 'r.resource_id as resourceId', 'v.status', 'v.version', 'v.metadata'])
    .select((eb) => [
      epochMs(eb.ref('v.starts_at')).as('start'),
      epochMs(eb.ref('v.ends_at')).as('end'),
      epochMs(eb.ref('v.created_at')).as('createdAt'),
      epochMs(eb.ref('v.updated_at')).as('updatedAt'),
      epochMs(eb.ref('v.recorded_at')).as('recordedAt'),
    ])
    .select(['v.request_id as requestId', 'v.sequence'])
    .where('o.org_id', '=', orgId)
    .where('v.appointment_id', '=', appointmentId)
    .orderBy('v.version')
    .execute();
}
