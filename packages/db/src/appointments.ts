// Reads of appointments, as they stand or as the service knew them at an instant (recording time). What a list
// costs depends on its page and on what is under way at one instant, not on how many appointments the org has.

import { formatInstant, INSTANT_MAX, INSTANT_MIN, type Instant } from '@slotline/core';

import { LIST_OF_ORG_AS_OF, LIST_OF_RESOURCE_AS_OF, versionsScannedMax } from './as-of-lists.ts';
import { LISTS_OF_ORG, LISTS_OF_RESOURCE, statusesOf, type StatusFilter } from './current-lists.ts';
import type { Database } from './database.ts';
import { FACTS, ORG } from './facts.ts';
import { takePage, type RowOfPage } from './page-bytes.ts';
import { readRows, type ReadStatement, type ReadValue } from './read-rows.ts';
import type { AppointmentRecord } from './records.ts';
import { placeSpans, type AppointmentPlace } from './spans.ts';

export interface AppointmentsQuery {
  readonly orgId: string;
  readonly resourceId?: string | undefined;
  readonly status: StatusFilter;
  /** With it, only what ends after it. */
  readonly from?: Instant | undefined;
  /** With it, only what starts before it. */
  readonly to?: Instant | undefined;
  /** With it, what the service knew at that instant; without, what stands. */
  readonly at?: Instant | undefined;
  readonly limit: number;
  /** How many to leave out. They are read all the same. */
  readonly offset: number;
  /** With it, only what follows that place. */
  readonly after?: AppointmentPlace | undefined;
}

export interface AppointmentsPage {
  readonly appointments: readonly AppointmentRecord[];
  /** `after` of the next page; absent on the last one. */
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
 * The appointment as it stands, or as the service knew it `at` an instant, cancelled and expired ones included;
 * `undefined` when it was not booked by then.
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
 * The appointments of an org, or of one of its resources, that overlap `[from, to)`, ordered by start and then by
 * the bytes of the id; an empty window has none. With `at` and no offset, a page may be short, even empty, and have
 * a `next`: it passed over so many versions recorded later that it stopped.
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

// A page with an offset does not stop at a mark: the next one could not know how many were left out already.
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

/** The first parameters of every list. All appointments lie in the widest window. */
function scanOf(query: AppointmentsQuery): readonly ReadValue[] {
  const { orgId, from = INSTANT_MIN, to = INSTANT_MAX } = query;
  const { starts, ids } = placeSpans(query);
  return [orgId, starts, ids, formatInstant(from), formatInstant(to)];
}

/**
 * What precedes the mark is complete. The mark may be the row just before it once more. A page that ended at its
 * bytes has no mark yet.
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
