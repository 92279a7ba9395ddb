// Random histories for the tests of lists, written as rows, and an oracle that computes every list from the
// complete history.

import { overlaps, type AppointmentStatus, type Instant } from '@slotline/core';
import fc from 'fast-check';
import type pg from 'pg';

import type { AppointmentPlace, AppointmentRecord, AppointmentsQuery } from '../src/index.ts';
import { at } from './make-requests.ts';

/** One version of an appointment, with its sequence in the org. */
export type Recorded = AppointmentRecord & { readonly sequence: number };

export const MINUTE = 60_000;

/** Ids whose byte order differs from the order in JavaScript or in a dictionary. */
const IDS = ['Z', 'a', 'a0', 'ä', '\u{FFFD}', '\u{1F600}', 'b', 'b ', 'c', 'd', 'e', 'f'] as const;

const LENGTHS = [1, 5, 15, 16, 30, 60, 61, 240, 1_440, 10_080, 50_000, 600_000] as const;

/**
 * One version. Times are minutes, so that intervals touch, or a millisecond more or less, so that they nearly
 * touch.
 */
const change = fc.record({
  id: fc.constantFrom(...IDS),
  resourceId: fc.constantFrom('x', 'y', 'z'),
  startMs: fc
    .tuple(fc.integer({ min: 0, max: 24 }), fc.constantFrom(0, 0, 1, -1))
    .map(([n, ms]) => n * 5 * MINUTE + ms),
  lengthMs: fc.tuple(fc.constantFrom(...LENGTHS), fc.constantFrom(0, 0, 1)).map(([n, ms]) => n * MINUTE + ms),
  status: fc.constantFrom<AppointmentStatus>('booked', 'booked', 'held', 'cancelled', 'expired'),
  laterMs: fc.constantFrom(0, 0, 1, MINUTE),
});

/** The input of one version. */
export interface Change {
  readonly id: string;
  readonly resourceId: string;
  /** Relative to {@link at} minute 0. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly status: AppointmentStatus;
  /** Relative to the previous change. */
  readonly laterMs: number;
}

export const changes: fc.Arbitrary<readonly Change[]> = fc.array(change, { minLength: 1, maxLength: 60 });

/**
 * The versions that these changes make of an org, in order. Live versions of a resource that would overlap are
 * cancelled.
 */
export function toHistory(orgId: string, made: readonly Change[]): readonly Recorded[] {
  const latest = new Map<string, Recorded>();
  let recordedAt = at(0);
  return made.map(({ id, resourceId, startMs, lengthMs, status, laterMs }, place) => {
    recordedAt = (recordedAt + laterMs) as Instant;
    const start = (at(0) + startMs) as Instant;
    const end = (start + lengthMs) as Instant;
    const isTaken = [...latest.values()].some(
      (other) =>
        other.id !== id &&
        isLive(other) &&
        other.resourceId === resourceId &&
        overlaps(other, { start, end }),
    );
    const given = isTaken && (status === 'booked' || status === 'held') ? 'cancelled' : status;
    const version: Recorded = {
      ...{ id, orgId, resourceId, start, end, recordedAt, status: given, sequence: place + 1 },
      ...{ createdAt: at(0), updatedAt: at(place), metadata: place % 3 === 0 ? `{"n":${place}}` : null },
      heldUntil: given === 'held' ? at(place) : null,
      version: (latest.get(id)?.version ?? 0) + 1,
    };
    latest.set(id, version);
    return version;
  });
}

function isLive({ status }: Recorded): boolean {
  return status === 'booked' || status === 'held';
}

/** The org's appointments as known from the versions recorded by T. */
export function knownAt(history: readonly Recorded[], T = Number.POSITIVE_INFINITY): readonly Recorded[] {
  const known = new Map(
    history.filter(({ recordedAt }) => recordedAt <= T).map((version) => [version.id, version]),
  );
  return [...known.values()];
}

/** Everything that a list of this history must contain: the first page and all later ones. */
export function listOf(history: readonly Recorded[], query: Omit<AppointmentsQuery, 'limit' | 'offset'>) {
  const { from, to, at: T, status, resourceId, after } = query;
  if (from !== undefined && to !== undefined && to <= from) return [];
  return knownAt(history, T)
    .filter((one) => status === 'all' || one.status === status)
    .filter((one) => resourceId === undefined || one.resourceId === resourceId)
    .filter((one) => (from === undefined || one.end > from) && (to === undefined || one.start < to))
    .filter((one) => after === undefined || inOrder(after, one) < 0)
    .toSorted(inOrder)
    .map(({ sequence: _, ...record }): AppointmentRecord => record);
}

function inOrder(a: AppointmentPlace, b: AppointmentPlace): number {
  return a.start - b.start || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
}

const FACTS = `v.id, r.resource_key, v.start, v."end", v."createdAt", v."updatedAt", v.status, v.version,
  v.metadata, v."recordedAt", v."heldUntil"`;
const COLUMNS = `org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at, status, version,
  metadata, recorded_at, held_until`;
const ROWS = `json_to_recordset($2) as v(id text, "resourceId" text, start timestamptz, "end" timestamptz,
  "createdAt" timestamptz, "updatedAt" timestamptz, status text, version int, metadata json,
  "recordedAt" timestamptz, "heldUntil" timestamptz, sequence bigint)
  join resources r on r.org_key = $1 and r.resource_id = v."resourceId"`;

/** Writes a history to an org that does not exist yet: all versions and the current state. */
export async function insertHistory(
  client: pg.Client,
  orgId: string,
  history: readonly Recorded[],
): Promise<void> {
  const { rows } = await client.query<{ org_key: number }>(
    'insert into orgs (org_id, change_sequence) values ($1, $2) returning org_key',
    [orgId, history.length],
  );
  const key = rows[0]?.org_key;
  await client.query(
    'insert into resources (org_key, resource_id) select distinct $1::int, unnest($2::text[])',
    [key, history.map(({ resourceId }) => resourceId)],
  );
  await client.query(
    `insert into appointment_versions (${COLUMNS}, sequence, request_id)
     select $1, ${FACTS}, v.sequence, gen_random_uuid() from ${ROWS} order by v.sequence`,
    [key, toJson(history)],
  );
  await client.query(`insert into appointments (${COLUMNS}) select $1, ${FACTS} from ${ROWS}`, [
    key,
    toJson(knownAt(history)),
  ]);
}

const INSTANTS = new Set(['start', 'end', 'createdAt', 'updatedAt', 'recordedAt', 'heldUntil']);

function toJson(history: readonly Recorded[]): string {
  const rows = history.map((one) => ({ ...one, metadata: JSON.parse(one.metadata ?? 'null') as unknown }));
  return JSON.stringify(rows, (name, value: unknown) =>
    INSTANTS.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  );
}
