// Reads of appointments, as they stand or as the service knew them at an instant (recording time). What a list
// costs depends on its page and on what is under way at one instant, not on how many appointments the org has.

import { formatInstant, INSTANT_MAX, INSTANT_MIN, type AppointmentStatus, type Instant } from '@slotline/core';

import { LIST_OF_ORG_AS_OF, LIST_OF_RESOURCE_AS_OF, VERSIONS_SCANNED_MAX } from './as-of-lists.ts';
import { LIST_OF_ORG, LIST_OF_RESOURCE } from './current-lists.ts';
import type { Database } from './database.ts';
import { FACTS, ORG_KEY } from './facts.ts';
import { readRows } from './read-rows.ts';
import type { AppointmentRecord } from './records.ts';
import { scanSpans, SPAN_LENGTHS_MS, type AppointmentPlace } from './spans.ts';

export type StatusFilter = AppointmentStatus | 'all';

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

export const FIND_APPOINTMENT = `
  select ${FACTS} from appointments a where a.org_key = ${ORG_KEY} and a.appointment_id = $2`;

export const FIND_APPOINTMENT_AS_OF = `
  select ${FACTS} from appointment_versions a
  where a.org_key = ${ORG_KEY} and a.appointment_id = $2 and a.recorded_at <= $3::timestamptz
  order by a.version desc limit 1`;

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
  return at === undefined ? listCurrent(db, query) : listAsOf(db, { ...query, at });
}

async function listCurrent(db: Database, query: AppointmentsQuery): Promise<AppointmentsPage> {
  const { orgId, resourceId, limit, offset } = query;
  const scans = scansOf(query, scannedStatuses(query));
  const rest = [...boundsOf(query), limit + 1, offset];
  if (resourceId === undefined) return toPage(await readRows(db, LIST_OF_ORG, [orgId, ...scans, ...rest]), limit);
  const values = [orgId, ...scans, ...rest, resourceId, liveStatuses(query), ...placeOf(query)];
  return toPage(await readRows(db, LIST_OF_RESOURCE, values), limit);
}

const STATUSES: readonly AppointmentStatus[] = ['booked', 'held', 'cancelled', 'expired'];
const LIVE_STATUSES: readonly AppointmentStatus[] = ['booked', 'held'];

function wanted(status: StatusFilter): readonly AppointmentStatus[] {
  return status === 'all' ? STATUSES : [status];
}

/** The live ones of a resource are found without spans, but for those held: few among the booked ones. */
function liveStatuses({ status }: AppointmentsQuery): readonly AppointmentStatus[] {
  return status === 'held' ? [] : wanted(status).filter((one) => LIVE_STATUSES.includes(one));
}

function scannedStatuses(query: AppointmentsQuery): readonly AppointmentStatus[] {
  if (query.resourceId === undefined) return wanted(query.status);
  const live = liveStatuses(query);
  return wanted(query.status).filter((one) => !live.includes(one));
}

/** One scan for each of these statuses and each span, as columns. */
function scansOf(query: AppointmentsQuery, statuses: readonly AppointmentStatus[]) {
  const { spans, lowStarts, lowIds } = scanSpans(query);
  return [
    statuses.flatMap((status) => spans.map(() => status)),
    statuses.flatMap(() => spans),
    statuses.flatMap(() => lowStarts),
    statuses.flatMap(() => lowIds),
  ];
}

/** What lies in these ends after the one and starts before the other; all appointments do, in the widest. */
function boundsOf({ from = INSTANT_MIN, to = INSTANT_MAX }: AppointmentsQuery): readonly string[] {
  return [formatInstant(from), formatInstant(to)];
}

function placeOf({ after = { start: INSTANT_MIN, id: '' } }: AppointmentsQuery): readonly string[] {
  return [formatInstant(after.start), after.id];
}

function toPage(rows: readonly AppointmentRecord[], limit: number): AppointmentsPage {
  const appointments = rows.slice(0, limit);
  const last = appointments.at(-1);
  return rows.length > limit && last !== undefined ? { appointments, next: placeAfter(last) } : { appointments };
}

function placeAfter({ start, id }: AppointmentPlace): AppointmentPlace {
  return { start, id };
}

type KnownRow = AppointmentRecord & { readonly isMatch: boolean; readonly isMark: boolean };

// A page with an offset is not cut at a mark: the next one could not know how many were left out already.
async function listAsOf(
  db: Database,
  query: AppointmentsQuery & { readonly at: Instant },
): Promise<AppointmentsPage> {
  const { orgId, resourceId, limit, offset } = query;
  const { spans, lowStarts, lowIds } = scanSpans(query);
  const scannedMax = offset === 0 ? VERSIONS_SCANNED_MAX : 2 ** 31 - 1;
  const rowsMax = limit + 1 + (offset === 0 ? SPAN_LENGTHS_MS.length : 0);
  const values = [
    orgId,
    ...[spans, lowStarts, lowIds],
    ...[formatInstant(query.at), wanted(query.status)],
    ...boundsOf(query),
    ...placeOf(query),
    ...[scannedMax, rowsMax, offset],
  ];
  const rows =
    resourceId === undefined
      ? await readRows<KnownRow>(db, LIST_OF_ORG_AS_OF, values)
      : await readRows<KnownRow>(db, LIST_OF_RESOURCE_AS_OF, [...values, resourceId]);
  return cutAtMark(rows, limit);
}

/** What stands before the first mark is complete; behind it another scan may have more that was not read. */
function cutAtMark(rows: readonly KnownRow[], limit: number): AppointmentsPage {
  const markAt = rows.findIndex(({ isMark }) => isMark);
  const complete = markAt === -1 ? rows : rows.slice(0, markAt + 1);
  const found = complete.filter(({ isMatch, id }, place) => isMatch && id !== complete[place - 1]?.id);
  const page = toPage(found.map(toRecord), limit);
  const mark = rows[markAt];
  return mark === undefined || page.next !== undefined ? page : { ...page, next: placeAfter(mark) };
}

function toRecord({ isMatch: _, isMark: __, ...record }: KnownRow): AppointmentRecord {
  return record;
}
