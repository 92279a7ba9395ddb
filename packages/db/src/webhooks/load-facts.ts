// Loads decided requests with the versions they made, the content of webhooks. A request names its version by
// number (`requests.version`); a batch made as many versions as it has outcomes.

import { epochMsText } from '../sql/instants.ts';
import type { VersionRecord } from '../records/records.ts';
import { toRequestRecord, type RequestRow } from '../records/requests.ts';
import type { DecidedFact } from './delivery-record.ts';
import { run, toArrays, type Session } from '../sql/run.ts';

const REQUEST_COLUMNS = `
  r.org_key, o.org_id, r.request_id, r.decision_sequence, r.appointment_id, r.operation, r.outcome, r.version,
  r.outcome_detail, r.fingerprint, ${epochMsText('r.accepted_at')} as accepted_at,
  ${epochMsText('r.decided_at')} as decided_at`;

export interface DecidedRow extends RequestRow {
  readonly org_key: number;
  readonly decision_sequence: number;
}

// Bytes of the details of the preceding rows. Most rows have none; those of a batch have up to half a million
// bytes.
const detailBefore = (order: string) => `
  coalesce(sum(octet_length(outcome_detail::text)) over (
    order by ${order} rows between unbounded preceding and 1 preceding
  ), 0) as detail_before`;

/** At most `$3` decisions after each cursor, ending once the preceding details exceed `$4` bytes. */
export const LOAD_DECISIONS = `
  select ${REQUEST_COLUMNS}, k.after, o.newest
  from unnest($1::int[], $2::bigint[]) as k(org_key, after)
  cross join lateral (
    select org_id, decision_sequence as newest from orgs where org_key = k.org_key limit 1
  ) o
  cross join lateral (
    select *, ${detailBefore('decision_sequence')} from (
      select * from requests where org_key = k.org_key and decision_sequence > k.after
      order by decision_sequence limit $3::int
    ) behind
  ) r
  where r.detail_before <= $4::bigint
  order by k.org_key, k.after, r.decision_sequence`;

/**
 * In the given order, ending once the preceding details exceed `$3` bytes. All columns `null` for an unknown
 * request.
 */
export const LOAD_REQUESTS = `
  select ${REQUEST_COLUMNS}
  from (
    select *, ${detailBefore('place')}
    from unnest($1::uuid[], $2::int[]) with ordinality as k(asked_id, asked_key, place)
    left join lateral (
      select * from requests where request_id = k.asked_id and org_key = k.asked_key limit 1
    ) found on true
  ) r
  left join lateral (select org_id from orgs where org_key = r.org_key limit 1) o on true
  where r.detail_before <= $3::bigint
  order by r.place`;

const VERSION_COLUMNS = `
  v.org_key, v.appointment_id as id, s.resource_id as "resourceId", v.status, v.version, v.metadata,
  ${epochMsText('v.starts_at')} as start, ${epochMsText('v.ends_at')} as "end",
  ${epochMsText('v.created_at')} as "createdAt", ${epochMsText('v.updated_at')} as "updatedAt",
  ${epochMsText('v.held_until')} as "heldUntil", ${epochMsText('v.recorded_at')} as "recordedAt",
  v.request_id as "requestId", v.sequence`;

const NAME_RESOURCE =
  'cross join lateral (select resource_id from resources where resource_key = v.resource_key limit 1) s';

export const LOAD_VERSIONS = `
  select ${VERSION_COLUMNS}
  from unnest($1::int[], $2::text[], $3::int[]) as k(org_key, appointment_id, version)
  cross join lateral (
    select * from appointment_versions
    where org_key = k.org_key and appointment_id = k.appointment_id and version = k.version limit 1
  ) v
  ${NAME_RESOURCE}`;

// The versions of a batch are consecutive in the org's sequence, but their start is not stored. Versions are in the
// order of their decisions, so a binary search finds the first: about 20 look-ups per million.
export const LOAD_BATCH_VERSIONS = `
  select ${VERSION_COLUMNS}
  from unnest($1::int[], $2::uuid[], $3::bigint[], $4::int[])
    as k(org_key, request_id, decision_sequence, versions_max)
  cross join lateral (
    with recursive probe as (
      select 1::bigint as low, change_sequence as high from (
        select change_sequence from orgs where org_key = k.org_key limit 1
      ) o
      union all
      select case when r.is_before then p.middle + 1 else p.low end,
        case when r.is_before then p.high else p.middle end
      from (select low, high, (low + high) / 2 as middle from probe where low < high) p
      cross join lateral (
        select request_id from appointment_versions where org_key = k.org_key and sequence = p.middle limit 1
      ) v
      cross join lateral (
        select decision_sequence < k.decision_sequence as is_before from requests
        where request_id = v.request_id and org_key = k.org_key limit 1
      ) r
    )
    select low from probe where low >= high limit 1
  ) first
  cross join lateral (
    select * from appointment_versions where org_key = k.org_key and sequence >= first.low
    order by sequence limit k.versions_max
  ) v
  ${NAME_RESOURCE}
  where v.request_id = k.request_id
  order by v.org_key, v.sequence`;

const MADE_ONE = new Set(['created', 'updated', 'cancelled', 'confirmed', 'expired']);

type VersionRow = Omit<VersionRecord, 'orgId'> & { readonly org_key: number };

/** Returns the fact of each row. Several rows may belong to one request. */
export async function loadFacts<Row extends DecidedRow>(
  session: Session,
  rows: readonly Row[],
): Promise<ReadonlyMap<Row, DecidedFact>> {
  const byRequest = Map.groupBy(await loadVersions(session, rows), ({ org_key, requestId }) =>
    identityOf({ org_key, request_id: requestId }),
  );
  const toFact = (row: Row): DecidedFact => {
    const made = byRequest.get(identityOf(row)) ?? [];
    const versions = made.map(({ org_key: _, ...version }) => ({ ...version, orgId: row.org_id }));
    return { request: toRequestRecord(row), versions };
  };
  return new Map(rows.map((row) => [row, toFact(row)]));
}

function identityOf({ org_key, request_id }: { org_key: number; request_id: string }): string {
  return `${org_key} ${request_id}`;
}

async function loadVersions(session: Session, rows: readonly DecidedRow[]): Promise<readonly VersionRow[]> {
  const distinct = [...new Map(rows.map((row) => [identityOf(row), row])).values()];
  const single = distinct.filter(({ outcome }) => MADE_ONE.has(outcome));
  const batches = distinct
    .filter(({ outcome }) => outcome === 'applied')
    .map((row) => ({ ...row, versions_max: countVersions(row) }));
  const versions: VersionRow[] = [];
  if (single.length > 0) {
    const keys = toArrays(single, 'org_key', 'appointment_id', 'version');
    versions.push(...(await run<VersionRow>(session, LOAD_VERSIONS, keys)));
  }
  if (batches.length > 0) {
    const keys = toArrays(batches, 'org_key', 'request_id', 'decision_sequence', 'versions_max');
    versions.push(...(await run<VersionRow>(session, LOAD_BATCH_VERSIONS, keys)));
  }
  return versions;
}

/** How many versions the request made. */
export function countVersions(row: DecidedRow): number {
  if (MADE_ONE.has(row.outcome)) return 1;
  if (row.outcome !== 'applied') return 0;
  const { outcome } = toRequestRecord(row);
  return outcome.kind === 'applied' ? outcome.outcomes.length : 0;
}
