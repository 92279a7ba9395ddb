// The second round trip of a deciding transaction: everything a group decided, then COMMIT.
//
// Only final states are written to `appointments`, and the exclusion constraint checks each row at once.
// So the rows that change are deleted first and their final states inserted after: slots that are vacated
// and taken inside one group never meet, where an update in place would collide half way.

import { formatInstant, type Appointment } from '@slotline/core';
import type pg from 'pg';

import { RetryableError } from '../failure.ts';
import { toOutcomeColumns } from '../outcomes.ts';
import type { Judgement, NewDecision } from './judge-group.ts';
import type { LoadedGroup } from './load-group.ts';
import { sendTogether, type Statement } from './statement.ts';
import { nameOf } from './surrogate-keys.ts';
import {
  countOrgs,
  deleteAppointments,
  insertAppointments,
  insertCauses,
  insertOutbox,
  insertRequests,
  insertVersions,
  type OrgCount,
} from './write-statements.ts';

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
  const versions = decisions.flatMap((decision) => toVersionRows(loaded, decision));
  // A later version of the same appointment takes the place of the earlier one.
  const final = [...new Map(versions.map((row) => [identityOf(row), row])).values()];
  const replaced = final.filter((row) => loaded.existing.has(identityOf(row)));
  const outbox = decisions.flatMap((decision) => toOutboxRow(decision) ?? []);
  const causes = decisions.flatMap((decision) => toCauseRow(decision) ?? []);
  return [
    ...when(replaced, deleteAppointments),
    ...when(final, insertAppointments),
    ...when(versions, insertVersions),
    insertRequests(decisions.map(toRequestRow)),
    ...when(causes, insertCauses),
    ...when(outbox, insertOutbox),
    countOrgs(toCounts(decisions)),
  ];
}

function when<T>(rows: readonly T[], make: (rows: readonly T[]) => Statement): readonly Statement[] {
  return rows.length === 0 ? [] : [make(rows)];
}

type VersionRow = ReturnType<typeof toFactsRow> & { sequence: number; request_id: string };

// The last of a decision's versions has the number that its org is at after it.
function toVersionRows(loaded: LoadedGroup, decision: NewDecision): readonly VersionRow[] {
  const { entry, record, written, changeSequence } = decision;
  const recordedAt = formatInstant(record.decidedAt);
  return written.map((version, at) => {
    const resourceKey = loaded.resourceKeys.get(nameOf({ ...entry, resourceId: version.resourceId }));
    if (resourceKey === undefined) throw new TypeError(`P6: no key for the resource of ${record.requestId}`);
    const facts = toFactsRow({ org_key: entry.orgKey, resource_key: resourceKey }, version, recordedAt);
    return { ...facts, sequence: changeSequence - written.length + 1 + at, request_id: record.requestId };
  });
}

function toFactsRow(
  keys: { org_key: number; resource_key: number },
  { id, start, end, createdAt, updatedAt, status, heldUntil, version, metadata }: Appointment,
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
    held_until: heldUntil === null ? null : formatInstant(heldUntil),
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

function toCauseRow({ entry, record }: NewDecision) {
  if (entry.cause === undefined) return undefined;
  return { request_id: record.requestId, org_key: entry.orgKey, cause: entry.cause };
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

// The last decision of an org carries its highest numbers.
function toCounts(decisions: readonly NewDecision[]): readonly OrgCount[] {
  const counts = decisions.map(({ entry, record, decisionSequence, changeSequence }) => ({
    org_key: entry.orgKey,
    decision_sequence: decisionSequence,
    change_sequence: changeSequence,
    recorded_at: formatInstant(record.decidedAt),
  }));
  return [...new Map(counts.map((count) => [count.org_key, count])).values()];
}
