// The statements of the second round trip. All rows of a table are in one statement, whose plan does not depend on
// their number.

import { bulkInsert, bulkRows, type BulkRow } from '../sql/bulk-insert.ts';
import { toColumns, type Statement } from '../sql/statement.ts';

// Rows are deleted by ctid, found through the primary key, because the planner could reorder a plain join.
export const DELETE_APPOINTMENTS = `
  delete from appointments where ctid = any (array(
    select a.ctid from unnest($1::int[], $2::text[]) as k(org_key, appointment_id)
    cross join lateral (
      select ctid from appointments where org_key = k.org_key and appointment_id = k.appointment_id limit 1
    ) a
  ))`;

export const COUNT_ORGS = `
  update orgs o
  set decision_sequence = k.decision_sequence, change_sequence = k.change_sequence, recorded_at = k.recorded_at
  from (
    select k.*, o.ctid as place
    from unnest($1::int[], $2::bigint[], $3::bigint[], $4::timestamptz[])
      as k(org_key, decision_sequence, change_sequence, recorded_at)
    cross join lateral (select ctid from orgs where org_key = k.org_key limit 1) o
  ) k
  where o.ctid = k.place`;

const FACTS = {
  org_key: 'int',
  appointment_id: 'text',
  resource_key: 'bigint',
  starts_at: 'timestamptz',
  ends_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  status: 'text',
  held_until: 'timestamptz',
  version: 'int',
  metadata: 'json',
  recorded_at: 'timestamptz',
} as const;

const VERSIONS = { ...FACTS, sequence: 'bigint', request_id: 'uuid', replaced_by: 'int' } as const;

const FACTS_NAMES = Object.keys(FACTS).join(', ');
const { query: VERSIONS_QUERY, toValues } = bulkRows(VERSIONS, 'appointment_id');

// Both tables in one statement: most facts of a version are also those of its appointment, so they are sent, read
// and formed into rows once.
const INSERT_VERSIONS = `
  with k as materialized (${VERSIONS_QUERY}), standing as (
    insert into appointments (${FACTS_NAMES}) select ${FACTS_NAMES} from k where replaced_by is null
  )
  insert into appointment_versions (${FACTS_NAMES}, sequence, request_id)
  select ${FACTS_NAMES}, sequence, request_id from k`;

/** A version. Instants are milliseconds. */
export interface VersionRow extends BulkRow<keyof typeof VERSIONS> {
  readonly org_key: number;
  readonly appointment_id: string;
  readonly version: number;
  /** Number of the next version, if the same group makes it. */
  replaced_by: number | null;
}

/**
 * Inserts all versions; those not superseded in this group also become the current row. The old rows must already
 * be deleted.
 */
export function insertVersions(rows: readonly VersionRow[]): Statement {
  return { name: 'insert-versions', text: INSERT_VERSIONS, values: toValues(rows) };
}

export const insertRequests = bulkInsert(
  'requests',
  {
    request_id: 'uuid',
    org_key: 'int',
    decision_sequence: 'bigint',
    operation: 'text',
    appointment_id: 'text',
    outcome: 'text',
    version: 'int',
    outcome_detail: 'json',
    fingerprint: 'text',
    raw_payload: 'text',
    accepted_at: 'timestamptz',
    decided_at: 'timestamptz',
  },
  'appointment_id',
);
export const insertCauses = bulkInsert(
  'quarantine_causes',
  {
    request_id: 'uuid',
    org_key: 'int',
    cause: 'text',
  },
  'request_id',
);
export const insertOutbox = bulkInsert(
  'outbox',
  {
    org_key: 'int',
    request_id: 'uuid',
    kind: 'text',
    url: 'text',
    created_at: 'timestamptz',
  },
  'request_id',
);

/** Deletes the current rows of these appointments, to make room for their final states. */
export function deleteAppointments(
  rows: readonly { readonly org_key: number; readonly appointment_id: string }[],
): Statement {
  const values = toColumns(rows, { org_key: 'int', appointment_id: 'text' });
  return { name: 'delete-appointments', text: DELETE_APPOINTMENTS, values };
}

export interface OrgCount {
  readonly org_key: number;
  readonly decision_sequence: number;
  readonly change_sequence: number;
  readonly recorded_at: number;
}

/** Advances the counters of these orgs. */
export function countOrgs(orgs: readonly OrgCount[]): Statement {
  const values = toColumns(orgs, {
    org_key: 'int',
    decision_sequence: 'bigint',
    change_sequence: 'bigint',
    recorded_at: 'timestamptz',
  });
  return { name: 'count-orgs', text: COUNT_ORGS, values };
}
