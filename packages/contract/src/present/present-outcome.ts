// Outcomes as clients see them: instants as text, and a `detail` where the kind alone is not enough.

import {
  formatInstant,
  type Alternatives,
  type Blocker,
  type Conflict,
  type Interval,
  type Outcome,
} from '@slotline/core';
import type { ItemOutcomeResource, OutcomeResource } from '../request-resource.ts';

type BatchOutcome = Outcome & { kind: 'applied' | 'refused' };
type ItemOutcome = BatchOutcome['outcomes'][number];

export function presentOutcome(outcome: Outcome): OutcomeResource {
  switch (outcome.kind) {
    case 'conflict':
      return presentConflict(outcome);
    case 'applied':
      return { kind: outcome.kind, items: outcome.outcomes.map(presentItem) };
    case 'refused':
      return {
        kind: outcome.kind,
        items: outcome.outcomes.map(presentItem),
        detail: describeRefusal(outcome),
      };
    default:
      return outcome;
  }
}

function presentItem(outcome: ItemOutcome): ItemOutcomeResource {
  if (outcome.kind !== 'conflict') return outcome;
  const { appointmentId, conflictsWith } = outcome;
  // A large batch lists blockers only for its first items; without a blocker, a `detail` would add nothing.
  if (conflictsWith.length === 0) return { appointmentId, kind: 'conflict', ...presentObstacles(outcome) };
  return { appointmentId, ...presentConflict(outcome) };
}

function presentConflict(outcome: Conflict) {
  return { kind: outcome.kind, ...presentObstacles(outcome), detail: describeConflict(outcome) };
}

/** The conflicting appointments and the alternatives: members of a conflict and of its problem. */
export function presentObstacles({ conflictsWith, moreConflicts, alternatives }: Conflict) {
  return {
    conflictsWith: conflictsWith.map(presentBlocker),
    ...(moreConflicts === undefined ? {} : { moreConflicts }),
    ...(alternatives === undefined ? {} : { alternatives: presentAlternatives(alternatives) }),
  };
}

function presentBlocker({ id, start, end, version }: Blocker) {
  return { id, start: formatInstant(start), end: formatInstant(end), version };
}

function presentAlternatives({ before, after }: Alternatives) {
  return {
    ...(before === undefined ? {} : { before: presentInterval(before) }),
    ...(after === undefined ? {} : { after: presentInterval(after) }),
  };
}

function presentInterval({ start, end }: Interval) {
  return { start: formatInstant(start), end: formatInstant(end) };
}

/** Names the first blocker. */
export function describeConflict({ conflictsWith, moreConflicts = 0 }: Conflict): string {
  const [first] = conflictsWith;
  const named = first === undefined ? 'another appointment' : `appointment ${first.id}`;
  const count = conflictsWith.length + moreConflicts;
  const others = count > 1 ? ` and ${count - 1} more` : '';
  return `The interval is taken by ${named}${others}.`;
}

/** Names the first appointments of a refused batch that could not be granted, and counts the others. */
export function describeRefusal({ outcomes }: Outcome & { kind: 'refused' }): string {
  const ids = outcomes.flatMap(({ kind, appointmentId }) => (kind === 'not-applied' ? [] : [appointmentId]));
  const named = ids.slice(0, REFUSED_NAMED_MAX).join(', ');
  const others = ids.length > REFUSED_NAMED_MAX ? ` and ${ids.length - REFUSED_NAMED_MAX} more` : '';
  return `Nothing was changed. Not possible as asked: appointment ${named}${others}.`;
}

// An id may be long and a batch may have 200; the items contain the rest.
const REFUSED_NAMED_MAX = 2;
