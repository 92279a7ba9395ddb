// Applies the core's rules to an org's requests in decision order, starting from nothing, and compares the result
// with every row of the database (P2, P4–P7). Needs the requests as they were accepted.

import { expect } from '@jest/globals';
import { decide, findAlternatives, withAlternatives, type Appointment } from '@slotline/core';

import type { AcceptedRequest } from '../src/index.ts';
import type { TestDecider } from './test-decider.ts';

const FACTS = `appointment_id as id, r.resource_id as "resourceId", status, version, metadata::text as metadata,
  (extract(epoch from starts_at) * 1000)::float8 as start, (extract(epoch from ends_at) * 1000)::float8 as "end",
  (extract(epoch from created_at) * 1000)::float8 as "createdAt",
  (extract(epoch from updated_at) * 1000)::float8 as "updatedAt",
  (extract(epoch from held_until) * 1000)::float8 as "heldUntil"`;

interface DecidedRow {
  request_id: string;
  decision_sequence: string;
  outcome: string;
  version: number | null;
  outcome_detail: unknown;
}

/** Fails unless the org's rows are exactly those of deciding the requests one after the other. */
export async function expectReplayed(
  test: TestDecider,
  orgId: string,
  accepted: readonly AcceptedRequest[],
): Promise<void> {
  const decided = await test.rows<DecidedRow>(
    `select q.* from requests q join orgs o using (org_key) where org_id = $1 order by decision_sequence`,
    [orgId],
  );
  expect(decided.map((row) => Number(row.decision_sequence))).toEqual(decided.map((_, at) => at + 1));
  const byId = new Map(accepted.map((request) => [request.requestId, request]));
  const inOrder = decided.flatMap((row) => byId.get(row.request_id) ?? []);
  expect(inOrder.length).toBe(new Set(accepted.map(({ requestId }) => requestId)).size);
  const plain = decide({ appointments: [], decided: new Map() }, inOrder);
  const decisions = withAlternatives(plain, findAlternatives([], plain));
  expect(decided.map(toOutcome)).toEqual(decisions.map(({ outcome }) => outcome));
  const written = decisions.flatMap(({ written }) => written);
  await expectVersions(test, orgId, written);
  await expectCurrent(test, orgId, written);
}

async function expectVersions(test: TestDecider, orgId: string, written: readonly Appointment[]) {
  const rows = await test.rows<{ sequence: string }>(
    `select ${FACTS}, sequence from appointment_versions v join resources r using (resource_key)
     join orgs o on o.org_key = v.org_key where org_id = $1 order by sequence`,
    [orgId],
  );
  expect(rows).toEqual(written.map((appointment, at) => ({ ...appointment, sequence: String(at + 1) })));
}

async function expectCurrent(test: TestDecider, orgId: string, written: readonly Appointment[]) {
  const rows = await test.rows(
    `select ${FACTS} from appointments a join resources r using (resource_key)
     join orgs o on o.org_key = a.org_key where org_id = $1 order by appointment_id`,
    [orgId],
  );
  const last = new Map(written.map((appointment) => [appointment.id, appointment]));
  expect(rows).toEqual([...last.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
}

function toOutcome(row: DecidedRow): unknown {
  const { outcome: kind, version, outcome_detail: detail } = row;
  if (kind === 'conflict') return { kind, ...(detail as object) };
  if (kind === 'applied' || kind === 'refused') return { kind, outcomes: detail };
  return version === null ? { kind } : { kind, version };
}
