// Decides a commit group: all of it in one transaction, unless its batches hold more wishes than one takes; or,
// when the exclusion constraint speaks, each request in its own. Under the lock that cannot happen, so it means that somebody wrote past the lock or
// that JavaScript and SQL disagree; the offender then gets `conflict` and an alarm, and the others go on.

import { boundOutcome, type Blocker, type Outcome, type Wish } from '@slotline/core';

import { DatabaseError, RetryableError } from '../failure.ts';
import type { OrgRequests, RequestRecord } from '../records.ts';
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
  // What stood in the way is gone again: decide afresh, later.
  throw new RetryableError('the overlap that PostgreSQL refused is gone', { meaning: 'busy' });
};

// The rules had granted every wish, so one that nobody stands in the way of is refused only for the others.
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
  if (first === undefined || list.length !== 1) throw new TypeError(`expected one, got ${list.length}`);
  return first;
}
