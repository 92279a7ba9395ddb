// What was set aside, as operators see it: newest first, over all orgs or of one, with what each entry held. What is
// made of an entry that is tried again is a new request with an id of its own: an outcome never changes.

import { formatInstant, INSTANT_MAX, type Instant, type Operation } from '@slotline/core';

import type { Database } from './database.ts';
import { RAW_LENGTH_MAX } from './decider/quarantine-request.ts';
import { ORG } from './facts.ts';
import { epochMsText } from './instants.ts';
import { endAtBytes, ROW_BYTES, takePage, type RowOfPage } from './page-bytes.ts';
import { readRows, type ReadStatement } from './read-rows.ts';
import { deriveRequestId, isRequestId } from './request-ids.ts';

export interface QuarantinedRequest {
  readonly requestId: string;
  readonly orgId: string;
  /** `''` of a batch, and of an entry that did not say. */
  readonly appointmentId: string;
  /** `unknown` when the worker that set it aside could not read it. */
  readonly operation: Operation | 'unknown';
  /** What went wrong, as far as it was recorded. Not for clients. */
  readonly cause: string | null;
  readonly acceptedAt: Instant;
  readonly quarantinedAt: Instant;
  /** What the mailbox entry held. `null` when nothing was kept of it, or not all. */
  readonly raw: string | null;
}

// One of full length was cut, or may have been: it is of no use to anybody who wants to read it.
const COLUMNS = `
  request_id as "requestId", appointment_id as "appointmentId", operation, (
    select cause from quarantine_causes c where c.request_id = r.request_id and c.org_key = r.org_key limit 1
  ),
  ${epochMsText('accepted_at')} as "acceptedAt", ${epochMsText('decided_at')} as "quarantinedAt",
  case when length(raw_payload) < ${RAW_LENGTH_MAX} then raw_payload end as raw`;

const PLACE = `${epochMsText('decided_at')} || '-' || org_key || '-' || decision_sequence`;

function page(from: string, order: string): string {
  const weight = `${ROW_BYTES} + octet_length(appointment_id) + coalesce(octet_length(raw_payload), 0)`;
  return `
  select ${COLUMNS}, org_id as "orgId", ${PLACE} as place, "hasNext"
  from (${endAtBytes(from, { order, weight })}) r
  order by ${order}`;
}

const NEWEST_FIRST = 'decided_at desc, org_key desc, decision_sequence desc';

export const LIST_QUARANTINE: ReadStatement = {
  name: 'list-quarantine',
  text: page(
    `select r.*, o.org_id from (
      select * from requests
      where outcome = 'quarantined' and (decided_at, org_key, decision_sequence) < ($1::timestamptz, $2::int, $3::bigint)
      order by ${NEWEST_FIRST} limit $4
    ) r
    cross join lateral (select org_id from orgs where org_key = r.org_key limit 1) o`,
    NEWEST_FIRST,
  ),
};

export const LIST_ORG_QUARANTINE: ReadStatement = {
  name: 'list-org-quarantine',
  text: page(
    `select r.*, o.org_id from ${ORG}
    cross join lateral (
      select * from requests
      where org_key = o.org_key and outcome = 'quarantined' and outcome <> 'created' and decision_sequence < $2::bigint
      order by decision_sequence desc limit $3
    ) r`,
    'decision_sequence desc',
  ),
};

export interface QuarantineQuery {
  /** Of this org alone. */
  readonly orgId?: string | undefined;
  /** `next` of the page before. Throws a RangeError for what cannot be one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface QuarantinePage {
  readonly requests: readonly QuarantinedRequest[];
  /** There when more follow. */
  readonly next?: string;
}

/** What was set aside, newest first. A page may be short of `limit` when its entries are large. */
export async function listQuarantine(db: Database, query: QuarantineQuery): Promise<QuarantinePage> {
  const { orgId, limit } = query;
  const place = parsePlace(query.after);
  const values = [place.at, place.orgKey, place.sequence, limit + 1];
  type Row = QuarantinedRequest & RowOfPage & { place: string };
  const rows =
    orgId === undefined
      ? await readRows<Row>(db, LIST_QUARANTINE, values)
      : await readRows<Row>(db, LIST_ORG_QUARANTINE, [orgId, place.sequence, limit + 1]);
  const { shown, last } = takePage(rows, limit);
  const requests = shown.map(({ place: _, ...request }) => request);
  return last === undefined ? { requests } : { requests, next: last.place };
}

const INT_MAX = 2_147_483_647;
const SEQUENCE_MAX = '999999999999999';

function parsePlace(after: string | undefined): { at: string; orgKey: number; sequence: string } {
  if (after === undefined) return { at: formatInstant(INSTANT_MAX), orgKey: INT_MAX, sequence: SEQUENCE_MAX };
  const [, ms, orgKey, sequence] = /^(\d{1,15})-(\d{1,10})-(\d{1,15})$/.exec(after) ?? [];
  if (sequence === undefined || Number(ms) > INSTANT_MAX || Number(orgKey) > INT_MAX)
    throw new RangeError('that is no place in the quarantine');
  return { at: formatInstant(Number(ms) as Instant), orgKey: Number(orgKey), sequence };
}

export const FIND_QUARANTINED: ReadStatement = {
  name: 'find-quarantined',
  text: `
  select ${COLUMNS}, org_id as "orgId" from (
    select * from requests where request_id = $1::uuid and outcome = 'quarantined' limit 1
  ) r
  cross join lateral (select org_id from orgs where org_key = r.org_key limit 1) o`,
};

/** `undefined` when no request of that id was set aside, whatever else became of it. */
export async function findQuarantined(
  db: Database,
  requestId: string,
): Promise<QuarantinedRequest | undefined> {
  if (!isRequestId(requestId)) return undefined;
  const [found] = await readRows<QuarantinedRequest>(db, FIND_QUARANTINED, [requestId]);
  return found;
}

/** The request that tries this one again: whoever asks for it asks for the same one, and it is decided once. */
export function retryRequestId({
  orgId,
  requestId,
}: Pick<QuarantinedRequest, 'orgId' | 'requestId'>): string {
  return deriveRequestId('retry', orgId, requestId);
}
