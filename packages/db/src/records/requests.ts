// Reads decided requests by id. A request that is not found is not decided yet or was never accepted.

import { failing } from '../sql/failure.ts';
import type { Database } from '../sql/database.ts';
import { epochMs } from '../sql/instants.ts';
import { fromOutcomeColumns } from './outcomes.ts';
import type { RequestRecord } from './records.ts';
import { isRequestId } from './request-ids.ts';

/** The most ids of one call. */
export const REQUESTS_FOUND_MAX = 1_000;

/**
 * Finds the decided requests among these ids, in one round trip, by request id. Undecided, unknown and malformed
 * ids are absent. Throws a RangeError for more than {@link REQUESTS_FOUND_MAX} ids.
 */
export async function findRequests(
  db: Database,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, RequestRecord>> {
  if (requestIds.length > REQUESTS_FOUND_MAX) {
    throw new RangeError(`findRequests takes up to ${REQUESTS_FOUND_MAX} ids, got ${requestIds.length}`);
  }
  const ids = requestIds.filter(isRequestId);
  if (ids.length === 0) return new Map();
  const rows = await failing(() => selectRequests(db, ids));
  return new Map(rows.map((row) => [row.request_id, toRequestRecord(row)]));
}

// If two orgs ever used the same id, the later row would win in the map; the order makes that deterministic.
function selectRequests(db: Database, ids: readonly string[]) {
  return db.kysely
    .selectFrom('requests')
    .innerJoin('orgs', 'orgs.org_key', 'requests.org_key')
    .select(['request_id', 'org_id', 'appointment_id', 'operation', 'outcome', 'version'])
    .select(['outcome_detail', 'fingerprint'])
    .select((eb) => [
      epochMs(eb.ref('accepted_at')).as('accepted_at'),
      epochMs(eb.ref('decided_at')).as('decided_at'),
    ])
    .where((eb) => eb('request_id', '=', eb.fn.any(eb.val(ids).$castTo<string[]>())))
    .orderBy('requests.org_key', 'desc')
    .execute();
}

/** A decided request as a row of a query. */
export interface RequestRow {
  readonly request_id: string;
  readonly org_id: string;
  readonly appointment_id: string;
  readonly operation: RequestRecord['operation'];
  readonly outcome: string;
  readonly version: number | null;
  readonly outcome_detail: string | null;
  readonly fingerprint: string | null;
  readonly accepted_at: RequestRecord['acceptedAt'];
  readonly decided_at: RequestRecord['decidedAt'];
}

export function toRequestRecord(row: RequestRow): RequestRecord {
  return {
    requestId: row.request_id,
    orgId: row.org_id,
    appointmentId: row.appointment_id,
    operation: row.operation,
    outcome: fromOutcomeColumns(row),
    acceptedAt: row.accepted_at,
    decidedAt: row.decided_at,
    ...(row.fingerprint === null ? {} : { fingerprint: row.fingerprint }),
  };
}
