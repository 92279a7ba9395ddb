// The second round trip of a deciding transaction: everything the group decided, then COMMIT.
//
// Only final states are written to `appointments`, and the exclusion constraint checks each row at once. So changed
// rows are deleted first and their final states are inserted after that: a slot that is vacated and taken inside
// one group does not conflict, while updates in place would collide in between.

import type pg from 'pg';

import { toOutcomeColumns } from '../records/outcomes.ts';
import type { Judgement, NewDecision } from './judge-group.ts';
import type { LoadedGroup } from './load-group.ts';
import { sendTogether } from '../sql/round-trip.ts';
import { COMMIT, type Statement } from '../sql/statement.ts';
import { nameOf } from './surrogate-keys.ts';
import { expectCommit } from '../sql/with-client.ts';
import {
  countOrgs,
  deleteAppointments,
  insertCauses,
  insertOutbox,
  insertRequests,
  insertVersions,
  type OrgCount,
  type VersionRow,
} from './write-statements.ts';

/**
 * Writes and commits. If this returns, everything is committed. If it throws, nothing is, unless the connection was
 * lost: then it is unknown, and the next try finds out by the primary key of `requests`.
 */
export async function writeGroup(
  client: pg.ClientBase,
  loaded: LoadedGroup,
  judgement: Judgement,
): Promise<void> {
  const answers = await sendTogether(client, writeStatements(loaded, judgement.decisions));
  expectCommit(answers.at(-1)?.command);
}

function* writeStatements(loaded: LoadedGroup, decisions: readonly NewDecision[]): Iterable<Statement> {
  const { versions, standing } = toVersions(loaded, decisions);
  const replaced = [...standing].flatMap(([name, row]) => (loaded.existing.has(name) ? row : []));
  yield* when(replaced, deleteAppointments);
  yield* when(versions, insertVersions);
  yield* when(decisions.map(toRequestRow), insertRequests);
  yield* when(
    decisions.flatMap((decision) => toCauseRow(decision) ?? []),
    insertCauses,
  );
  yield* when(
    decisions.flatMap((decision) => toOutboxRow(decision) ?? []),
    insertOutbox,
  );
  yield* when(toCounts(decisions), countOrgs);
  yield COMMIT;
}

function when<T>(rows: readonly T[], make: (rows: readonly T[]) => Statement): readonly Statement[] {
  return rows.length === 0 ? [] : [make(rows)];
}

/**
 * Returns all versions made, and of each appointment the last one, by {@link nameOf}: its current state after the
 * commit.
 */
function toVersions(loaded: LoadedGroup, decisions: readonly NewDecision[]) {
  const versions: VersionRow[] = [];
  const standing = new Map<string, VersionRow>();
  for (const decision of decisions) {
    for (let at = 0; at < decision.written.length; at++) {
      const row = toVersionRow(loaded, decision, at);
      const name = nameOf({ orgKey: row.org_key, resourceId: row.appointment_id });
      const earlier = standing.get(name);
      if (earlier !== undefined) earlier.replaced_by = row.version;
      standing.set(name, row);
      versions.push(row);
    }
  }
  return { versions, standing };
}

// A decision's last version has the decision's `changeSequence`.
function toVersionRow(
  loaded: LoadedGroup,
  { entry, record, written, changeSequence }: NewDecision,
  at: number,
): VersionRow {
  const version = written[at];
  if (version === undefined)
    throw new TypeError(`the decision of request ${record.requestId} has no version at index ${at}`);
  const { orgKey } = entry;
  const resourceKey = loaded.resourceKeys.get(nameOf({ orgKey, resourceId: version.resourceId }));
  if (resourceKey === undefined)
    throw new TypeError(`no resource key is loaded for request ${record.requestId}`);
  return {
    org_key: orgKey,
    appointment_id: version.id,
    resource_key: resourceKey,
    starts_at: version.start,
    ends_at: version.end,
    created_at: version.createdAt,
    updated_at: version.updatedAt,
    status: version.status,
    held_until: version.heldUntil,
    version: version.version,
    metadata: version.metadata,
    recorded_at: record.decidedAt,
    sequence: changeSequence - written.length + 1 + at,
    request_id: record.requestId,
    replaced_by: null,
  };
}

function toRequestRow({ entry, record, decisionSequence }: NewDecision) {
  const { outcome, version, outcome_detail } = toOutcomeColumns(record.outcome);
  return {
    request_id: record.requestId,
    org_key: entry.orgKey,
    decision_sequence: decisionSequence,
    operation: record.operation,
    appointment_id: record.appointmentId,
    outcome,
    version,
    outcome_detail,
    fingerprint: entry.fingerprint,
    raw_payload: entry.raw,
    accepted_at: record.acceptedAt,
    decided_at: record.decidedAt,
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
    created_at: record.decidedAt,
  };
}

// The last decision of an org has the org's highest numbers.
function toCounts(decisions: readonly NewDecision[]): readonly OrgCount[] {
  const last = new Map(decisions.map((decision) => [decision.entry.orgKey, decision]));
  return [...last].map(([orgKey, { record, decisionSequence, changeSequence }]) => ({
    org_key: orgKey,
    decision_sequence: decisionSequence,
    change_sequence: changeSequence,
    recorded_at: record.decidedAt,
  }));
}
