// Reads of current facts. Invariant used throughout: the live appointments of a resource never overlap, so
// of those that start before an instant only the last can reach past it.

import type { Instant } from '@slotline/core';
import type { ExpressionBuilder, SelectQueryBuilder } from 'kysely';

import type { Database } from './database.ts';
import { failing } from './failure.ts';
import { atInstant, epochMs } from './instants.ts';
import type { AppointmentRecord } from './records.ts';
import type { Tables } from './tables.ts';

/** The appointment as it stands, cancelled ones included; `undefined` when it was never booked. */
export async function findAppointment(
  db: Database,
  { orgId, appointmentId }: { orgId: string; appointmentId: string },
): Promise<AppointmentRecord | undefined> {
  const query = selectFacts(db.kysely.selectFrom('appointments as a'))
    .where((eb) => isOfOrg(eb, orgId))
    .where('a.appointment_id', '=', appointmentId);
  const row = await failing(() => query.executeTakeFirst());
  return row === undefined ? undefined : { ...row, orgId };
}

export interface AppointmentsQuery {
  readonly orgId: string;
  readonly resourceId?: string | undefined;
  /** With it, only what ends after it. */
  readonly from?: Instant | undefined;
  /** With it, only what starts before it. */
  readonly to?: Instant | undefined;
  readonly limit: number;
  readonly offset: number;
}

/**
 * The booked appointments of an org, or of one of its resources, that overlap `[from, to)`, ordered by
 * start and then by id. Reads the ones that start inside, up to `offset + limit`, and one look-up for each
 * resource for the one that reaches in, so what lies before `from` costs nothing. An empty window has none.
 */
export async function listAppointments(
  db: Database,
  query: AppointmentsQuery,
): Promise<readonly AppointmentRecord[]> {
  const { from, to } = query;
  if (from !== undefined && to !== undefined && to <= from) return [];
  const inside = selectStartingInside(db, query);
  const found = db.kysely
    .selectFrom(inside.as('inside'))
    .selectAll()
    .$if(from !== undefined, (qb) => qb.unionAll(selectReachingIn(db, query, from as Instant)));
  const page = db.kysely
    .selectFrom(found.as('found'))
    .selectAll()
    .orderBy('start')
    .orderBy('id')
    .limit(query.limit)
    .offset(query.offset);
  const rows = await failing(() => page.execute());
  return rows.map((row) => ({ ...row, orgId: query.orgId }));
}

// Ordered as its index is, so the limit ends the scan.
function selectStartingInside(
  db: Database,
  { orgId, resourceId, from, to, limit, offset }: AppointmentsQuery,
) {
  return selectFacts(db.kysely.selectFrom('appointments as a'))
    .where('a.status', '=', 'booked')
    .where((eb) => isOfOrg(eb, orgId))
    .$if(resourceId !== undefined, (qb) => qb.where((eb) => isOfResource(eb, orgId, resourceId as string)))
    .$if(from !== undefined, (qb) => qb.where('a.starts_at', '>=', atInstant(from as Instant)))
    .$if(to !== undefined, (qb) => qb.where('a.starts_at', '<', atInstant(to as Instant)))
    .orderBy('a.starts_at')
    .orderBy('a.appointment_id')
    .limit(limit + offset);
}

function selectReachingIn(db: Database, { orgId, resourceId }: AppointmentsQuery, from: Instant) {
  return selectFacts(
    db.kysely
      .selectFrom('resources as r')
      .where('r.org_key', '=', (eb) => eb.selectFrom('orgs').select('org_key').where('org_id', '=', orgId))
      .$if(resourceId !== undefined, (qb) => qb.where('r.resource_id', '=', resourceId as string))
      .innerJoinLateral(
        (eb) => lastStartingBefore(eb, from).as('a'),
        (join) => join.onTrue(),
      )
      .where('a.ends_at', '>', atInstant(from)),
  );
}

function lastStartingBefore(eb: ExpressionBuilder<Tables & { r: Tables['resources'] }, 'r'>, from: Instant) {
  return eb
    .selectFrom('appointments as b')
    .selectAll('b')
    .whereRef('b.resource_key', '=', 'r.resource_key')
    .where('b.status', '=', 'booked')
    .where('b.starts_at', '<', atInstant(from))
    .orderBy('b.starts_at', 'desc')
    .limit(1);
}

type Source = Tables & { a: Tables['appointments'] };

// Keys and names come from sub-queries, not joins: the planner then knows that they are single values, and
// an index scan keeps its order.
function selectFacts<DB extends Source, TB extends keyof DB & 'a'>(from: SelectQueryBuilder<DB, TB, object>) {
  const query = from as unknown as SelectQueryBuilder<Source, 'a', object>;
  return query
    .select(['a.appointment_id as id', 'a.status', 'a.version', 'a.metadata'])
    .select((eb) => [
      eb
        .selectFrom('resources')
        .select('resource_id')
        .whereRef('resources.resource_key', '=', 'a.resource_key')
        .$asScalar()
        .$notNull()
        .as('resourceId'),
      epochMs(eb.ref('a.starts_at')).as('start'),
      epochMs(eb.ref('a.ends_at')).as('end'),
      epochMs(eb.ref('a.created_at')).as('createdAt'),
      epochMs(eb.ref('a.updated_at')).as('updatedAt'),
      epochMs(eb.ref('a.recorded_at')).as('recordedAt'),
    ]);
}

function isOfOrg(eb: ExpressionBuilder<Source, 'a'>, orgId: string) {
  return eb('a.org_key', '=', eb.selectFrom('orgs').select('org_key').where('org_id', '=', orgId));
}

function isOfResource(eb: ExpressionBuilder<Source, 'a'>, orgId: string, resourceId: string) {
  const key = eb
    .selectFrom('resources')
    .innerJoin('orgs', 'orgs.org_key', 'resources.org_key')
    .select('resource_key')
    .where('org_id', '=', orgId)
    .where('resource_id', '=', resourceId);
  return eb('a.resource_key', '=', key);
}
