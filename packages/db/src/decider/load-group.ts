// The first round trip of a deciding transaction: BEGIN, the locks, and everything the group can touch.
// Invariant: nothing is read before the locks are held. The isolation is READ COMMITTED and the lock a
// statement of its own, so every later statement has a snapshot from after the wait; under REPEATABLE READ
// the snapshot would predate it.

import type { Appointment, Instant } from '@slotline/core';
import type pg from 'pg';

import type { RequestRecord } from '../records.ts';
import { toRequestRecord, type RequestRow } from '../requests.ts';
import { toBystanders, type BystanderRow, type OfOrg } from './bystanders.ts';
import { identityOf, type Entry } from './entry.ts';
import { loadStatements } from './load-statements.ts';
import { sendTogether } from './round-trip.ts';
import { nameOf } from './surrogate-keys.ts';

export interface OrgCounters {
  readonly decisionSequence: number;
  readonly changeSequence: number;
  /** The time this transaction records: the server's, but never before what the org recorded last. */
  readonly recordedAt: Instant;
}

/** State of the group's orgs as of after the locks. */
export interface LoadedGroup {
  readonly counters: ReadonlyMap<number, OrgCounters>;
  /** Requests of the group that were decided before, by {@link identityOf}. */
  readonly decided: ReadonlyMap<string, RequestRecord>;
  /** By org key. Whole for the appointments the group names; those merely in the way carry no metadata. */
  readonly appointments: ReadonlyMap<number, readonly Appointment[]>;
  /** The appointments the group names and that have a row, by {@link nameOf} their org and id. */
  readonly existing: ReadonlySet<string>;
  /** Resource keys by {@link nameOf}, of the group's books and of the appointments it names. */
  readonly resourceKeys: ReadonlyMap<string, number>;
}

/** Begins the transaction, takes the locks and loads. After a failure the transaction is still to be ended. */
export async function loadGroup(client: pg.ClientBase, entries: readonly Entry[]): Promise<LoadedGroup> {
  const answers = await sendTogether(client, loadStatements(entries));
  const [, , counters, decided, named, blockers] = answers.map(({ rows }) => rows as unknown);
  return {
    counters: toCounters(counters as CountersRow[]),
    decided: toDecided(entries, decided as DecidedRow[]),
    // Last one wins in the calendar: whole rows after those that are merely in the way.
    appointments: groupByOrg([
      ...toBystanders(entries, blockers as BystanderRow[]),
      ...(named as NamedRow[]).map(toNamed),
    ]),
    existing: new Set(
      (named as NamedRow[]).map((row) => nameOf({ orgKey: row.org_key, resourceId: row.id })),
    ),
    resourceKeys: toResourceKeys(entries, named as NamedRow[]),
  };
}

interface CountersRow {
  readonly org_key: number;
  readonly decision_sequence: number;
  readonly change_sequence: number;
  readonly recorded_at: Instant;
}

type DecidedRow = Omit<RequestRow, 'org_id'> & { readonly org_key: number };
type NamedRow = Appointment & { readonly org_key: number; readonly resource_key: number };

function toCounters(rows: readonly CountersRow[]): LoadedGroup['counters'] {
  return new Map(
    rows.map((row) => [
      row.org_key,
      {
        decisionSequence: row.decision_sequence,
        changeSequence: row.change_sequence,
        recordedAt: row.recorded_at,
      },
    ]),
  );
}

function toDecided(entries: readonly Entry[], rows: readonly DecidedRow[]): LoadedGroup['decided'] {
  const orgIds = new Map(entries.map(({ orgKey, orgId }) => [orgKey, orgId]));
  return new Map(
    rows.map((row) => [
      identityOf({ orgKey: row.org_key, requestId: row.request_id }),
      toRequestRecord({ ...row, org_id: orgIds.get(row.org_key) ?? '' }),
    ]),
  );
}

function toNamed({ org_key: orgKey, resource_key: _, ...appointment }: NamedRow): OfOrg {
  return [orgKey, appointment];
}

/** The appointments by org key, in their order. */
export function groupByOrg(appointments: readonly OfOrg[]): ReadonlyMap<number, readonly Appointment[]> {
  const grouped = new Map<number, Appointment[]>();
  for (const [orgKey, appointment] of appointments) {
    const ofOrg = grouped.get(orgKey);
    if (ofOrg === undefined) grouped.set(orgKey, [appointment]);
    else ofOrg.push(appointment);
  }
  return grouped;
}

function toResourceKeys(entries: readonly Entry[], named: readonly NamedRow[]): LoadedGroup['resourceKeys'] {
  const keys = new Map<string, number>();
  for (const row of named)
    keys.set(nameOf({ orgKey: row.org_key, resourceId: row.resourceId }), row.resource_key);
  for (const { orgKey, books } of entries) {
    for (const { book, resourceKey } of books) {
      keys.set(nameOf({ orgKey, resourceId: book.resourceId }), resourceKey);
    }
  }
  return keys;
}
