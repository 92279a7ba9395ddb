// Decides requests in order, each against the state that the previous ones left. Time is only data in the requests;
// earlier outcomes come in as `decided`. The caller locks, loads and writes, and adds the alternatives of conflicts
// (see `alternatives.ts`).

import type { Appointment } from './appointment.ts';
import { boundOutcome } from './bound-outcome.ts';
import { Calendar } from './calendar.ts';
import { toConflict } from './conflict.ts';
import { judgeBatch } from './judge-batch.ts';
import { judgeWish } from './judge-wish.ts';
import type { Outcome } from './outcome.ts';
import type { Expire, Request, Wish } from './request.ts';

/** The state of one org before a commit group. */
export interface OrgState {
  /** Current facts of every appointment the group can touch; additional ones are harmless. */
  readonly appointments: Iterable<Appointment>;
  /** Outcomes of those requests that were decided before, by `requestId`. */
  readonly decided: ReadonlyMap<string, Outcome>;
}

export interface Decision {
  readonly request: Request;
  readonly outcome: Outcome;
  /** The versions that the request made, several only of a batch; empty when it changed nothing. */
  readonly written: readonly Appointment[];
  /** The request was decided earlier, in this group or before: do not write anything for it again. */
  readonly isRepeat: boolean;
}

/**
 * Decides the requests of one org in a commit group, in mailbox order, against the state loaded for it.
 * Pure and total: every request gets exactly one outcome, equal inputs give equal outcomes, and any
 * split of the same list gives the same outcomes, so a batch is safe to repeat after a crash.
 */
export function decide(state: OrgState, requests: readonly Request[]): Decision[] {
  const calendar = new Calendar(state.appointments);
  const decided = new Map(state.decided);
  return requests.map((request) => {
    const before = decided.get(request.requestId);
    if (before !== undefined) return { request, outcome: before, written: [], isRepeat: true };
    const { outcome: unbounded, written } = judge(calendar, request);
    const outcome = boundOutcome(unbounded);
    calendar.put(...written);
    decided.set(request.requestId, outcome);
    return { request, outcome, written, isRepeat: false };
  });
}

type Judgement = Pick<Decision, 'outcome' | 'written'>;

function judge(calendar: Calendar, request: Request): Judgement {
  switch (request.operation) {
    case 'batch':
      return judgeBatch(calendar, request);
    case 'expire':
      return judgeExpire(calendar, request);
    default:
      return judgeAlone(calendar, request);
  }
}

function judgeAlone(calendar: Calendar, wish: Wish): Judgement {
  const { outcome, next } = judgeWish(calendar.find(wish.appointmentId), wish);
  if (next === undefined) return { outcome, written: [] };
  if (wish.operation !== 'book') return { outcome, written: [next] };
  const blockers = calendar.blockers(wish.resourceId, wish, new Set([wish.appointmentId]));
  return blockers.length > 0 ? { outcome: toConflict(blockers), written: [] } : { outcome, written: [next] };
}

// Does not read a clock to check whether the hold is due. If the version has changed, the appointment was confirmed,
// cancelled or held again first, and the expiry does nothing. `updatedAt` stays: no client made this change.
function judgeExpire(calendar: Calendar, { appointmentId, version }: Expire): Judgement {
  const current = calendar.find(appointmentId);
  if (current === undefined) return { outcome: { kind: 'not-found' }, written: [] };
  if (current.status !== 'held' || current.version !== version) {
    return { outcome: { kind: 'ignored-stale', version: current.version }, written: [] };
  }
  const next = { ...current, status: 'expired' as const, heldUntil: null, version: version + 1 };
  return { outcome: { kind: 'expired', version: next.version }, written: [next] };
}
