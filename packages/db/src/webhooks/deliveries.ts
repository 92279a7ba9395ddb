// Reads the delivery log.

import { formatInstant, INSTANT_MAX, type Instant } from '@slotline/core';

import type { Database } from '../sql/database.ts';
import { epochMsText } from '../sql/instants.ts';
import { endAtBytes, ROW_BYTES, takePage, type RowOfPage } from '../sql/page-bytes.ts';
import { toArrayLiteral } from '../sql/array-literal.ts';
import type { AttemptRecord, DeliveryName, DeliveryRecord, DeliveryStatus } from './delivery-record.ts';
import type { EndpointName } from './endpoint-record.ts';
import { runAlone, runTogether } from '../sql/run.ts';

/** The columns of a {@link DeliveryRecord}, from a delivery `d` and its org `o`. */
export const DELIVERY_COLUMNS = `
  d.delivery_id as "deliveryId", o.org_id as "orgId", d.endpoint_id as "endpointId",
  d.event_type as "eventType", d.url, d.status, d.attempts, d.request_id as "requestId", d.sequence,
  ${epochMsText('d.created_at')} as "createdAt",
  case when isfinite(d.due_at) then ${epochMsText('d.due_at')} end as "nextAttemptAt",
  ${epochMsText('d.delivered_at')} as "deliveredAt",
  d.last_status as "lastStatus", d.last_error as "lastError"`;

/** A place in the log. The key distinguishes deliveries created at the same instant. */
const PLACE = `${epochMsText('d.created_at')} || '-' || d.delivery_key`;

const STATUSES: readonly DeliveryStatus[] = ['pending', 'delivered', 'failed', 'dropped'];

// Each status alone is in index order, so its limit ends the scan.
const ROWS = `
    select d.*, o.org_id
    from (select * from orgs where org_id = $1 limit 1) o
    cross join unnest($3::text[]) as s(status)
    cross join lateral (
      select * from deliveries
      where org_key = o.org_key and endpoint_id = $2::uuid and status = s.status
        and (created_at, delivery_key) < ($4::timestamptz, $5::bigint)
      order by created_at desc, delivery_key desc limit $6::int
    ) d
    order by d.created_at desc, d.delivery_key desc limit $6::int`;

const NEWEST_FIRST = 'created_at desc, delivery_key desc';
const WEIGHT = `${ROW_BYTES} + octet_length(url) + coalesce(octet_length(last_error), 0)`;

export const LIST_DELIVERIES = `
  select ${DELIVERY_COLUMNS}, ${PLACE} as place, d."hasNext"
  from (${endAtBytes(ROWS, { order: NEWEST_FIRST, weight: WEIGHT })}) d
  cross join lateral (select d.org_id) o
  order by d.created_at desc, d.delivery_key desc`;

export interface DeliveriesQuery extends EndpointName {
  readonly status?: DeliveryStatus | undefined;
  /** `next` of the previous page. Throws a RangeError if malformed. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Lists the deliveries of an endpoint, also of a deleted one, newest first. `next` is present if more follow. */
export async function listDeliveries(
  db: Database,
  { orgId, endpointId, status, before, limit }: DeliveriesQuery,
): Promise<{ deliveries: readonly DeliveryRecord[]; next?: string }> {
  const statuses = toArrayLiteral(status === undefined ? STATUSES : [status]);
  const values = [orgId, endpointId, statuses, ...parsePlace(before), limit + 1];
  type Row = DeliveryRecord & RowOfPage & { place: string };
  const rows = await runAlone<Row>(db, LIST_DELIVERIES, values);
  const { shown, last } = takePage(rows, limit);
  const deliveries = shown.map(({ place: _, ...delivery }) => delivery);
  return last === undefined ? { deliveries } : { deliveries, next: last.place };
}

function parsePlace(before: string | undefined): readonly [instant: string, key: string] {
  if (before === undefined) return [formatInstant(INSTANT_MAX), '0'];
  const [, ms, key] = /^(\d{1,15})-(\d{1,18})$/.exec(before) ?? [];
  if (ms === undefined || key === undefined || Number(ms) > INSTANT_MAX)
    throw new RangeError('`before` is not a place in the delivery log');
  return [formatInstant(Number(ms) as Instant), key];
}

export const FIND_DELIVERY = `
  select ${DELIVERY_COLUMNS}, d.body
  from (select * from orgs where org_id = $1 limit 1) o
  cross join lateral (
    select * from deliveries where delivery_id = $3::uuid and org_key = o.org_key limit 1
  ) d
  where d.endpoint_id = $2::uuid`;

export const LIST_ATTEMPTS = `
  select a.attempt, ${epochMsText('a.started_at')} as "startedAt", a.took_ms as "tookMs", a.status, a.error,
    a.answer
  from (select * from orgs where org_id = $1 limit 1) o
  cross join lateral (
    select * from delivery_attempts where delivery_id = $2::uuid and org_key = o.org_key
    order by attempt limit 10000
  ) a
  order by a.attempt`;

export type LoggedDelivery = DeliveryRecord & {
  /** Oldest first. */
  readonly attemptsLog: readonly AttemptRecord[];
  readonly body: string;
};

/** Returns a delivery with all its attempts; `undefined` if the endpoint has no such delivery. */
export async function findDelivery(
  db: Database,
  { orgId, endpointId, deliveryId }: DeliveryName,
): Promise<LoggedDelivery | undefined> {
  const find = { name: 'find-delivery', text: FIND_DELIVERY, values: [orgId, endpointId, deliveryId] };
  const list = { name: 'list-attempts', text: LIST_ATTEMPTS, values: [orgId, deliveryId] };
  type Found = DeliveryRecord & { body: string };
  const [[found], attemptsLog] = await runTogether<[Found, AttemptRecord]>(db, [find, list]);
  return found && { ...found, attemptsLog };
}
