// Lists quarantined requests for operators, newest first, of all orgs or one, with the entry's text. A retry of an
// entry is a new request with its own id: an outcome never changes.

import { formatInstant, INSTANT_MAX, type Instant, type Operation } from '@slotline/core';

import type { Database } from './sql/database.ts';
import { RAW_LENGTH_MAX } from './decider/quarantine-request.ts';
import { ORG } from './reading/facts.ts';
import { epochMsText } from './sql/instants.ts';
import { endAtBytes, ROW_BYTES, takePage, type RowOfPage } from './sql/page-bytes.ts';
import { readRows, type ReadStatement } from './sql/read-rows.ts';
import { deriveRequestId, isRequestId } from './records/request-ids.ts';

export interface QuarantinedRequest {
  readonly requestId: string;
  readonly orgId: string;
  /** `''` for a batch, and for an entry without an appointment id. */
  readonly appointmentId: string;
  /** `unknown` if the worker that quarantined it could not parse it. */
  readonly operation: Operation | 'unknown';
  /** What went wrong, as far as it was recorded. Not for clients. */
  readonly cause: string | null;
  readonly acceptedAt: Instant;
  readonly quarantinedAt: Instant;
  /** The text of the mailbox entry. `null` if it was not kept or may have been truncated. */
  readonly raw: string | null;
}

// A text of the maximum length may have been truncated, so it is returned as null.
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
  /** Only the entries of this org. */
  readonly orgId?: string | undefined;
  /** `next` of the previous page. Throws a RangeError if malformed. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface QuarantinePage {
  readonly requests: readonly QuarantinedRequest[];
  /** Present if more follow. */
  readonly next?: string;
}

/** Lists quarantined requests, newest first. A page of large entries can have fewer than `limit`. */
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
    throw new RangeError('`after` is not a place in the quarantine');
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

/** `undefined` if no request with that id was quarantined, including if it got another outcome. */
export async function findQuarantined(
  db: Database,
  requestId: string,
): Promise<QuarantinedRequest | undefined> {
  if (!isRequestId(requestId)) return undefined;
  const [found] = await readRows<QuarantinedRequest>(db, FIND_QUARANTINED, [requestId]);
  return found;
}

/**
 * Id of the request that retries this one. Derived from it, so every caller makes the same request and it is
 * decided once.
 */
export function retryRequestId({
  orgId,
  requestId,
}: Pick<QuarantinedRequest, 'orgId' | 'requestId'>): string {
  return deriveRequestId('retry', orgId, requestId);
}
