// Lists of decided requests, newest first. Decision sequences are gapless in an org, so how many rows a page looks
// at is a matter of subtraction.

import type { OutcomeKind } from '@slotline/core';

import type { Database } from './database.ts';
import { ORG } from './facts.ts';
import { epochMsText } from './instants.ts';
import { endAtBytes, jsonBytes, ROW_BYTES, type PageBounds, type RowOfPage } from './page-bytes.ts';
import { readRows, type ReadStatement } from './read-rows.ts';
import type { RequestRecord } from './records.ts';
import { toRequestRecord, type RequestRow } from './requests.ts';

/**
 * How many requests a page looks at, at most. Of a rare kind it may find fewer than asked for, or none, and says
 * where to go on. Bounds what a page costs, whatever the org asked for in its life.
 */
export const REQUESTS_SCANNED_MAX = 2_000;

export interface RequestsQuery {
  readonly orgId: string;
  /** `failed`: quarantined. `completed`: everything else. */
  readonly status?: 'completed' | 'failed' | undefined;
  readonly outcome?: OutcomeKind | undefined;
  /** Only requests decided before this one: a decision sequence. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface RequestsPage {
  readonly requests: readonly RequestRecord[];
  /** `before` of the next page; absent on the last one. The next page may be empty. */
  readonly next?: number;
}

const COLUMNS = `
  request_id, $1::text as org_id, appointment_id, operation, outcome, version, outcome_detail, fingerprint,
  decision_sequence, ${epochMsText('accepted_at')} as accepted_at, ${epochMsText('decided_at')} as decided_at`;

const NEWEST_FIRST = 'decision_sequence desc';

// An old outcome may have megabytes, and unpacking it to weigh it costs as much as reading it.
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

// Whatever is not `created` has an index by outcome, and every row that is looked at is one that was asked for.
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

// The rest in order of decision. One row says where the page began, even when it finds none.
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

/** What was decided for an org, newest first. */
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

/** `rest`: where unseen requests begin, when the page was not filled. */
function toPage(rows: readonly Listed[], limit: number, rest: number | undefined): RequestsPage {
  const page = rows.slice(0, limit);
  const requests = page.map(toRequestRecord);
  const last = page.at(-1);
  const next = last?.hasNext === true ? last.decision_sequence : rest;
  return next === undefined ? { requests } : { requests, next };
}
