// Decides a commit group in one transaction, or in several if its batches have more wishes than one transaction
// takes. If the exclusion constraint refuses a row, each request is decided in its own transaction. Under the lock
// this cannot happen, so it means that a writer bypassed the lock or that JavaScript and SQL disagree; the request
// that overlaps gets `conflict` and an alarm, and the others continue.

import { boundOutcome, type Blocker, type Outcome, type Wish } from '@slotline/core';

import { DatabaseError, RetryableError } from '../sql/failure.ts';
import type { OrgRequests, RequestRecord } from '../records/records.ts';
import { checkRequests, cutRequests, GROUP_REQUESTS_MAX } from './check-requests.ts';
import type { DeciderContext } from './context.ts';
import { toAsked, type AskedRequest, type Entry } from './entry.ts';
import { findOverlaps } from './find-overlaps.ts';
import { judgeAs, judgeByRules, type Judge } from './judge-group.ts';
import { transact } from './transact.ts';

export async function decideGroup(
  context: DeciderContext,
  group: readonly OrgRequests[],
): Promise<readonly (readonly RequestRecord[])[]> {
  const asked = group.flatMap(({ orgId, requests }) => requests.map((request) => toAsked(orgId, request)));
  if (asked.length === 0) return group.map(() => []);
  checkRequests(asked);
  const records: RequestRecord[] = [];
  for (const part of cutRequests(asked, GROUP_REQUESTS_MAX)) {
    records.push(...(await decideTogether(context, part)));
  }
  let next = 0;
  return group.map(({ requests }) => records.slice(next, (next += requests.length)));
}

async function decideTogether(
  context: DeciderContext,
  asked: readonly AskedRequest[],
): Promise<readonly RequestRecord[]> {
  try {
    return (await transact(context, asked, judgeByRules)).records;
  } catch (error) {
    if (!isOverlap(error)) throw error;
  }
  context.onAlarm({ kind: 'group-refused', orgIds: [...new Set(asked.map(({ orgId }) => orgId))] });
  const records: RequestRecord[] = [];
  for (const one of asked) records.push(await decideAlone(context, one));
  return records;
}

async function decideAlone(context: DeciderContext, asked: AskedRequest): Promise<RequestRecord> {
  try {
    return only((await transact(context, [asked], judgeByRules)).records);
  } catch (error) {
    if (!isOverlap(error)) throw error;
  }
  const { records, decisions } = await transact(context, [asked], judgeAsConflict);
  const record = only(records);
  const conflictsWith = blockersIn(record.outcome);
  if (decisions.length > 0 && conflictsWith.length > 0) {
    const { orgId, requestId, appointmentId } = record;
    context.onAlarm({ kind: 'overlap-refused', orgId, requestId, appointmentId, conflictsWith });
  }
  return record;
}

const judgeAsConflict: Judge = async (loaded, entries, client) => {
  const entry = only(entries);
  const outcome = toRefusal(entry, await findOverlaps(client, entry));
  if (outcome !== undefined) return judgeAs(boundOutcome(outcome))(loaded, entries);
  // The blocking appointment is gone again: retry later.
  throw new RetryableError('PostgreSQL refused an overlap that no longer exists', { meaning: 'busy' });
};

// The rules granted every wish, so a wish without blockers is refused only because of the other wishes.
function toRefusal({ request }: Entry, overlaps: ReadonlyMap<Wish, readonly Blocker[]>): Outcome | undefined {
  const blocked = [...overlaps].filter(([, conflictsWith]) => conflictsWith.length > 0);
  const conflicts = new Map(
    blocked.map(([wish, conflictsWith]) => [wish, { kind: 'conflict' as const, conflictsWith }]),
  );
  const [first] = conflicts.values();
  if (first === undefined || request?.operation !== 'batch') return first;
  return {
    kind: 'refused',
    outcomes: request.wishes.map((wish) => ({
      appointmentId: wish.appointmentId,
      ...(conflicts.get(wish) ?? { kind: 'not-applied' as const }),
    })),
  };
}

function blockersIn(outcome: Outcome): readonly Blocker[] {
  if (outcome.kind === 'conflict') return outcome.conflictsWith;
  return outcome.kind === 'refused'
    ? outcome.outcomes.flatMap((one) => (one.kind === 'conflict' ? one.conflictsWith : []))
    : [];
}

function isOverlap(error: unknown): boolean {
  return error instanceof DatabaseError && error.meaning === 'overlap';
}

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1)
    throw new TypeError(`expected one element, got ${list.length}`);
  return first;
}
