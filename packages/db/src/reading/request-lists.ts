// Lists decided requests, newest first. Decision sequences have no gaps within an org, so subtracting sequences
// limits how many rows a page scans.

import type { OutcomeKind } from '@slotline/core';

import type { Database } from '../sql/database.ts';
import { ORG } from './facts.ts';
import { epochMsText } from '../sql/instants.ts';
import { endAtBytes, jsonBytes, ROW_BYTES, type PageBounds, type RowOfPage } from '../sql/page-bytes.ts';
import { readRows, type ReadStatement } from '../sql/read-rows.ts';
import type { RequestRecord } from '../records/records.ts';
import { toRequestRecord, type RequestRow } from '../records/requests.ts';

/**
 * The most requests that a page scans. For a rare outcome a page may have fewer than `limit` requests, or none, and
 * still have a `next`. This bounds the cost of a page, however many requests the org has.
 */
export const REQUESTS_SCANNED_MAX = 2_000;

export interface RequestsQuery {
  readonly orgId: string;
  /** `failed`: quarantined. `completed`: all other outcomes. */
  readonly status?: 'completed' | 'failed' | undefined;
  readonly outcome?: OutcomeKind | undefined;
  /** Only requests decided before this one: a decision sequence. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface RequestsPage {
  readonly requests: readonly RequestRecord[];
  /** `before` of the next page; absent on the last page. The next page may be empty. */
  readonly next?: number;
}

const COLUMNS = `
  request_id, $1::text as org_id, appointment_id, operation, outcome, version, outcome_detail, fingerprint,
  decision_sequence, ${epochMsText('accepted_at')} as accepted_at, ${epochMsText('decided_at')} as decided_at`;

const NEWEST_FIRST = 'decision_sequence desc';

// Outcomes of earlier releases can have megabytes, and decompressing one to weigh it costs as much as reading it.
const BOUNDS: PageBounds = {
  order: NEWEST_FIRST,
  weight: `${ROW_BYTES} + ${jsonBytes('outcome_detail')}`,
  leastWeight: `${ROW_BYTES} + coalesce(pg_column_size(outcome_detail), 0)`,
};

function pageOf(rows: string): string {
  return `
  select ${COLUMNS}, before, "hasNext" from (${endAtBytes(rows, BOUNDS)}) r
  order by ${NEWEST_FIRST}`;
}

// Outcomes other than `created` are indexed by outcome, so every row scanned matches.
export const LIST_REQUESTS_OF_OUTCOME: ReadStatement = {
  name: 'list-requests-of-outcome',
  text: pageOf(`
    select r.*, null as before from ${ORG}
    cross join lateral (
      select * from requests
      where org_key = o.org_key and outcome = $2 and outcome <> 'created'
        and decision_sequence < coalesce($3::bigint, 9223372036854775807)
      order by decision_sequence desc limit $4
    ) r`),
};

// All other lists scan in order of decision. At least one row is returned, to report where the page began.
export const LIST_REQUESTS: ReadStatement = {
  name: 'list-requests',
  text: pageOf(`
    select r.*, o.before from (
      select org_key, least(decision_sequence + 1, $3::bigint) as before from ${ORG}
    ) o
    left join lateral (
      select * from requests
      where org_key = o.org_key and decision_sequence < o.before
        and decision_sequence >= o.before - ${REQUESTS_SCANNED_MAX}
        and case $2::text when 'all' then true when 'completed' then outcome <> 'quarantined' else outcome = $2 end
      order by decision_sequence desc limit $4
    ) r on true`),
};

type Listed = RequestRow & RowOfPage & { readonly decision_sequence: number };
type ListedOrNone = { readonly before: number } & (Listed | { readonly decision_sequence: null });

/** Lists the decided requests of an org, newest first. */
export async function listRequests(db: Database, query: RequestsQuery): Promise<RequestsPage> {
  const kind = kindOf(query);
  if (kind === 'none') return { requests: [] };
  const values = [query.orgId, kind, query.before ?? null, query.limit + 1];
  if (kind === 'all' || kind === 'completed' || kind === 'created') {
    const rows = await readRows<ListedOrNone>(db, LIST_REQUESTS, values);
    const rest = (rows[0]?.before ?? 0) - REQUESTS_SCANNED_MAX;
    return toPage(rows.filter(isListed), query.limit, rest > 1 ? rest : undefined);
  }
  return toPage(await readRows<Listed>(db, LIST_REQUESTS_OF_OUTCOME, values), query.limit, undefined);
}

function kindOf({ status, outcome }: RequestsQuery): OutcomeKind | 'all' | 'completed' | 'none' {
  if (outcome === undefined) return status === 'failed' ? 'quarantined' : (status ?? 'all');
  const itsStatus = outcome === 'quarantined' ? 'failed' : 'completed';
  return status === undefined || status === itsStatus ? outcome : 'none';
}

function isListed(row: ListedOrNone): row is ListedOrNone & Listed {
  return row.decision_sequence !== null;
}

/** `rest`: where unscanned requests begin, if the page was not filled. */
function toPage(rows: readonly Listed[], limit: number, rest: number | undefined): RequestsPage {
  const page = rows.slice(0, limit);
  const requests = page.map(toRequestRecord);
  const last = page.at(-1);
  const next = last?.hasNext === true ? last.decision_sequence : rest;
  return next === undefined ? { requests } : { requests, next };
}
