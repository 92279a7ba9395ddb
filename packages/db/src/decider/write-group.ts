// The second round trip of a deciding transaction: everything a group decided, then COMMIT.
//
// Only final states are written to `appointments`, and the exclusion constraint checks each row at once.
// So the rows that change are deleted first and their final states inserted after: slots that are vacated
// and taken inside one group never meet, where an update in place would collide half way.

import { formatInstant, type Appointment } from '@slotline/core';
import type pg from 'pg';

import { RetryableError } from '../failure.ts';
import { toOutcomeColumns } from '../outcomes.ts';
import { bulkInsert } from './bulk-insert.ts';
import type { Judgement, NewDecision } from './judge-group.ts';
import type { LoadedGroup } from './load-group.ts';
import { sendTogether, toColumns, type Statement } from './statement.ts';
import { nameOf } from './surrogate-keys.ts';

// By place in the table, found through the primary key: a plain join could be turned around by the planner.
const DELETE_APPOINTMENTS = `
  delete from appointments where ctid = any (array(
    select a.ctid from unnest($1::int[], $2::text[]) as k(org_key, appointment_id)
    cross join lateral (
      select ctid from appointments where org_key = k.org_key and appointment_id = k.appointment_id limit 1
    ) a
  ))`;

const COUNT_ORGS = `
  update orgs o
  set decision_sequence = k.decision_sequence, change_sequence = k.change_sequence, recorded_at = k.recorded_at
  from (
    select k.*, o.ctid as place
    from unnest($1::int[], $2::bigint[], $3::bigint[], $4::timestamptz[])
      as k(org_key, decision_sequence, change_sequence, recorded_at)
    cross join lateral (select ctid from orgs where org_key = k.org_key limit 1) o
  ) k
  where o.ctid = k.place`;

const FACTS = {
  org_key: 'int',
  appointment_id: 'text',
  resource_key: 'int',
  starts_at: 'timestamptz',
  ends_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  status: 'text',
  version: 'int',
  metadata: 'json',
  recorded_at: 'timestamptz',
} as const;

const insertAppointments = bulkInsert('appointments', FACTS);
const insertVersions = bulkInsert('appointment_versions', {
  ...FACTS,
  sequence: 'bigint',
  request_id: 'uuid',
});
const insertRequests = bulkInsert('requests', {
  request_id: 'uuid',
  org_key: 'int',
  decision_sequence: 'bigint',
  operation: 'text',
  appointment_id: 'text',
  outcome: 'text',
  version: 'int',
  outcome_detail: 'json',
  fingerprint: 'text',
  raw_payload: 'text',
  accepted_at: 'timestamptz',
  decided_at: 'timestamptz',
});
const insertOutbox = bulkInsert('outbox', {
  org_key: 'int',
  request_id: 'uuid',
  kind: 'text',
  url: 'text',
  created_at: 'timestamptz',
});

/**
 * Writes and commits. When this returns, everything is committed; when it throws, nothing is, unless the
 * connection was lost: then it is unknown, and the next try finds out by the primary key of `requests`.
 */
export async function writeGroup(
  client: pg.ClientBase,
  loaded: LoadedGroup,
  judgement: Judgement,
): Promise<void> {
  const statements = judgement.decisions.length === 0 ? [] : writeStatements(loaded, judgement.decisions);
  const answers = await sendTogether(client, [...statements, 'commit']);
  // The server answers the COMMIT of an aborted transaction with ROLLBACK, and that is no error.
  if (answers.at(-1)?.command === 'COMMIT') return;
  throw new RetryableError('the transaction was rolled back at its COMMIT', { meaning: 'again' });
}

function writeStatements(loaded: LoadedGroup, decisions: readonly NewDecision[]): readonly Statement[] {
  const versions = decisions.flatMap((decision) => toVersionRow(loaded, decision) ?? []);
  // A later version of the same appointment takes the place of the earlier one.
  const final = [...new Map(versions.map((row) => [identityOf(row), row])).values()];
  const replaced = final.filter((row) => loaded.existing.has(identityOf(row)));
  const outbox = decisions.flatMap((decision) => toOutboxRow(decision) ?? []);
  return [
    ...when(replaced, deleteAppointments),
    ...when(final, insertAppointments),
    ...when(versions, insertVersions),
    insertRequests(decisions.map(toRequestRow)),
    ...when(outbox, insertOutbox),
    countOrgs(decisions),
  ];
}

function when<T>(rows: readonly T[], make: (rows: readonly T[]) => Statement): readonly Statement[] {
  return rows.length === 0 ? [] : [make(rows)];
}

type VersionRow = ReturnType<typeof toFactsRow> & { sequence: number; request_id: string };

function toVersionRow(loaded: LoadedGroup, decision: NewDecision): VersionRow | undefined {
  const { entry, record, written, changeSequence } = decision;
  if (written === undefined) return undefined;
  const resourceKey = loaded.resourceKeys.get(nameOf({ ...entry, resourceId: written.resourceId }));
  if (resourceKey === undefined) throw new TypeError(`P6: no key for the resource of ${record.requestId}`);
  const keys = { org_key: entry.orgKey, resource_key: resourceKey };
  const facts = toFactsRow(keys, written, formatInstant(record.decidedAt));
  return { ...facts, sequence: changeSequence, request_id: record.requestId };
}

function toFactsRow(
  keys: { org_key: number; resource_key: number },
  { id, start, end, createdAt, updatedAt, status, version, metadata }: Appointment,
  recordedAt: string,
) {
  return {
    ...keys,
    appointment_id: id,
    starts_at: formatInstant(start),
    ends_at: formatInstant(end),
    created_at: formatInstant(createdAt),
    updated_at: formatInstant(updatedAt),
    status,
    version,
    metadata,
    recorded_at: recordedAt,
  };
}

function identityOf(row: { org_key: number; appointment_id: string }): string {
  return nameOf({ orgKey: row.org_key, resourceId: row.appointment_id });
}

function toRequestRow({ entry, record, decisionSequence }: NewDecision) {
  return {
    request_id: record.requestId,
    org_key: entry.orgKey,
    decision_sequence: decisionSequence,
    operation: record.operation,
    appointment_id: record.appointmentId,
    ...toOutcomeColumns(record.outcome),
    fingerprint: entry.fingerprint,
    raw_payload: entry.raw,
    accepted_at: formatInstant(record.acceptedAt),
    decided_at: formatInstant(record.decidedAt),
  };
}

function toOutboxRow({ entry, record }: NewDecision) {
  if (entry.callbackUrl === null) return undefined;
  return {
    org_key: entry.orgKey,
    request_id: record.requestId,
    kind: 'callback',
    url: entry.callbackUrl,
    created_at: formatInstant(record.decidedAt),
  };
}

function deleteAppointments(rows: readonly VersionRow[]): Statement {
  return {
    name: 'delete-appointments',
    text: DELETE_APPOINTMENTS,
    values: toColumns(rows, ['org_key', 'appointment_id']),
  };
}

// The last decision of an org carries its highest numbers.
function countOrgs(decisions: readonly NewDecision[]): Statement {
  const orgs = new Map<number, { orgKey: number; decided: number; changed: number; recordedAt: string }>();
  for (const { entry, record, decisionSequence, changeSequence } of decisions) {
    orgs.set(entry.orgKey, {
      orgKey: entry.orgKey,
      decided: decisionSequence,
      changed: changeSequence,
      recordedAt: formatInstant(record.decidedAt),
    });
  }
  const values = toColumns([...orgs.values()], ['orgKey', 'decided', 'changed', 'recordedAt']);
  return { name: 'count-orgs', text: COUNT_ORGS, values };
}
