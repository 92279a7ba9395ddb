// Reads of appointments, current or as known at an instant (recording time). The cost of a list depends on the page
// and on how many appointments overlap at one instant, not on how many appointments the org has.

import { formatInstant, INSTANT_MAX, INSTANT_MIN, type Instant } from '@slotline/core';

import { LIST_OF_ORG_AS_OF, LIST_OF_RESOURCE_AS_OF, versionsScannedMax } from './as-of-lists.ts';
import { LISTS_OF_ORG, LISTS_OF_RESOURCE, statusesOf, type StatusFilter } from './current-lists.ts';
import type { Database } from '../sql/database.ts';
import { FACTS, ORG } from './facts.ts';
import { takePage, type RowOfPage } from '../sql/page-bytes.ts';
import { readRows, type ReadStatement, type ReadValue } from '../sql/read-rows.ts';
import type { AppointmentRecord } from '../records/records.ts';
import { placeSpans, type AppointmentPlace } from '../sql/spans.ts';

export interface AppointmentsQuery {
  readonly orgId: string;
  readonly resourceId?: string | undefined;
  readonly status: StatusFilter;
  /** If set, only appointments that end after it. */
  readonly from?: Instant | undefined;
  /** If set, only appointments that start before it. */
  readonly to?: Instant | undefined;
  /** If set, the state known at that instant; otherwise the current state. */
  readonly at?: Instant | undefined;
  readonly limit: number;
  /** Number of appointments to skip. Skipped ones are still read. */
  readonly offset: number;
  /** If set, only appointments after that place. */
  readonly after?: AppointmentPlace | undefined;
}

export interface AppointmentsPage {
  readonly appointments: readonly AppointmentRecord[];
  /** `after` of the next page; absent on the last page. */
  readonly next?: AppointmentPlace;
}

export const FIND_APPOINTMENT: ReadStatement = {
  name: 'find-appointment',
  text: `
  select ${FACTS} from ${ORG}
  cross join lateral (
    select * from appointments where org_key = o.org_key and appointment_id = $2 limit 1
  ) a`,
};

export const FIND_APPOINTMENT_AS_OF: ReadStatement = {
  name: 'find-appointment-as-of',
  text: `
  select ${FACTS} from ${ORG}
  cross join lateral (
    select * from appointment_versions
    where org_key = o.org_key and appointment_id = $2 and recorded_at <= $3::timestamptz
    order by version desc limit 1
  ) a`,
};

/**
 * Finds an appointment, including cancelled and expired ones: its current state, or the state known at the instant
 * `at`. `undefined` if it was not booked by then.
 */
export async function findAppointment(
  db: Database,
  { orgId, appointmentId, at }: { orgId: string; appointmentId: string; at?: Instant | undefined },
): Promise<AppointmentRecord | undefined> {
  const [found] =
    at === undefined
      ? await readRows<AppointmentRecord>(db, FIND_APPOINTMENT, [orgId, appointmentId])
      : await readRows<AppointmentRecord>(db, FIND_APPOINTMENT_AS_OF, [
          orgId,
          appointmentId,
          formatInstant(at),
        ]);
  return found;
}

/**
 * Lists the appointments of an org or of one resource that overlap `[from, to)`, ordered by start and then by the
 * bytes of the id. An empty window has none. With `at` and without an offset, a page can be short or even empty and
 * still have a `next`: the scan stops after a number of versions that were recorded later.
 */
export async function listAppointments(db: Database, query: AppointmentsQuery): Promise<AppointmentsPage> {
  const { from, to, at, limit } = query;
  if (from !== undefined && to !== undefined && to <= from) return { appointments: [] };
  if (limit === 0) return { appointments: [] };
  return at === undefined ? listCurrent(db, query) : listAsOf(db, query, at);
}

async function listCurrent(db: Database, query: AppointmentsQuery): Promise<AppointmentsPage> {
  const { status, resourceId, limit, offset } = query;
  const values = [...scanOf(query), limit + 1, offset];
  const rows =
    resourceId === undefined
      ? await readRows<ListedRow>(db, LISTS_OF_ORG[status], values)
      : await readRows<ListedRow>(db, LISTS_OF_RESOURCE[status], [...values, resourceId]);
  const { shown: appointments, last } = takePage(rows, limit);
  return last === undefined ? { appointments } : { appointments, next: placeAfter(last) };
}

type ListedRow = AppointmentRecord & RowOfPage;
type KnownRow = ListedRow & { readonly isMatch: boolean; readonly isMark: boolean };

// A page with an offset does not stop at a mark: the next page could not know how many rows were already skipped.
async function listAsOf(db: Database, query: AppointmentsQuery, at: Instant): Promise<AppointmentsPage> {
  const { status, resourceId, limit, offset } = query;
  const scannedMax = offset === 0 ? versionsScannedMax(limit) : 2 ** 31 - 1;
  const values = [
    ...[...scanOf(query), limit + 2, offset],
    ...[formatInstant(at), statusesOf(status), scannedMax],
  ];
  const rows =
    resourceId === undefined
      ? await readRows<KnownRow>(db, LIST_OF_ORG_AS_OF, values)
      : await readRows<KnownRow>(db, LIST_OF_RESOURCE_AS_OF, [...values, resourceId]);
  return cutAtMark(rows, limit);
}

/** The first parameters of every list. Without `from` and `to`, the window contains all appointments. */
function scanOf(query: AppointmentsQuery): readonly ReadValue[] {
  const { orgId, from = INSTANT_MIN, to = INSTANT_MAX } = query;
  const { starts, ids } = placeSpans(query);
  return [orgId, starts, ids, formatInstant(from), formatInstant(to)];
}

/**
 * The rows before the mark are complete. The mark can repeat the row before it. A page cut off by its size in bytes
 * has no mark yet.
 */
function cutAtMark(rows: readonly KnownRow[], limit: number): AppointmentsPage {
  const found = rows.filter(({ isMatch, id }, place) => isMatch && id !== rows[place - 1]?.id);
  const appointments = found.slice(0, limit).map(toRecord);
  const last = found.length > limit ? found[limit - 1] : (rows.find(({ isMark }) => isMark) ?? cutOff(rows));
  return last === undefined ? { appointments } : { appointments, next: placeAfter(last) };
}

function cutOff(rows: readonly KnownRow[]): KnownRow | undefined {
  const last = rows.at(-1);
  return last?.hasNext === true ? last : undefined;
}

function toRecord({ isMatch: _, isMark: __, hasNext: ___, ...record }: KnownRow): AppointmentRecord {
  return record;
}

function placeAfter({ start, id }: AppointmentPlace): AppointmentPlace {
  return { start, id };
}
