// The first round trip of a deciding transaction: BEGIN, the locks, and everything the group can touch. Invariant:
// nothing is read before the locks are held. The isolation level is READ COMMITTED and the lock is a separate
// statement, so every later statement has a snapshot taken after the wait. Under REPEATABLE READ the snapshot would
// predate it.

import type { Appointment, Instant } from '@slotline/core';
import type pg from 'pg';

import type { RequestRecord } from '../records/records.ts';
import { toRequestRecord, type RequestRow } from '../records/requests.ts';
import { toBystanders, type BystanderRow, type OfOrg } from './bystanders.ts';
import { identityOf, type Entry } from './entry.ts';
import { loadStatements } from './load-statements.ts';
import { sendTogether } from '../sql/round-trip.ts';
import { nameOf } from './surrogate-keys.ts';

export interface OrgCounters {
  readonly decisionSequence: number;
  readonly changeSequence: number;
  /**
   * The time that this transaction records: the server's time, but never earlier than the org's last recorded time.
   */
  readonly recordedAt: Instant;
}

/** State of the group's orgs, read after the locks were taken. */
export interface LoadedGroup {
  readonly counters: ReadonlyMap<number, OrgCounters>;
  /** Requests of the group that were decided before, by {@link identityOf}. */
  readonly decided: ReadonlyMap<string, RequestRecord>;
  /** By org key. Complete for the appointments that the group names; those that only block have no metadata. */
  readonly appointments: ReadonlyMap<number, readonly Appointment[]>;
  /** The appointments that the group names and that have a row, by {@link nameOf} of org and id. */
  readonly existing: ReadonlySet<string>;
  /** Keys of the resources of the group's books and of the appointments it names, by {@link nameOf}. */
  readonly resourceKeys: ReadonlyMap<string, number>;
}

/** Begins the transaction, takes the locks and loads. After a failure the caller must still end the transaction. */
export async function loadGroup(client: pg.ClientBase, entries: readonly Entry[]): Promise<LoadedGroup> {
  const answers = await sendTogether(client, loadStatements(entries));
  const [, , counters, decided, named, blockers] = answers.map(({ rows }) => rows as unknown);
  return {
    counters: toCounters(counters as CountersRow[]),
    decided: toDecided(entries, decided as DecidedRow[]),
    // The last one wins in the calendar, so complete rows come after those that only block.
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

/** Groups the appointments by org key and keeps their order. */
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
