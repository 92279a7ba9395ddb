// Converts an outcome to three columns (`outcome`, `version`, `outcome_detail`) and back. A CHECK of the table
// enforces the same shape. A row that does not fit throws, because an outcome must never be guessed.

import type { Alternatives, Blocker, Outcome } from '@slotline/core';

export interface OutcomeColumns {
  readonly outcome: string;
  readonly version: number | null;
  /** JSON as text: the details of a conflict, a batch or a quarantine. */
  readonly outcome_detail: string | null;
}

export function toOutcomeColumns(outcome: Outcome): OutcomeColumns {
  const { version, detail } = toParts(outcome);
  return {
    outcome: outcome.kind,
    version: version ?? null,
    outcome_detail: detail === undefined ? null : JSON.stringify(detail),
  };
}

function toParts(outcome: Outcome): { readonly version?: number; readonly detail?: unknown } {
  switch (outcome.kind) {
    case 'created':
    case 'updated':
    case 'cancelled':
    case 'confirmed':
    case 'expired':
    case 'ignored-stale':
    case 'not-held':
      return { version: outcome.version };
    case 'conflict': {
      const { conflictsWith, moreConflicts, alternatives } = outcome;
      return { detail: { conflictsWith, moreConflicts, alternatives } };
    }
    case 'applied':
    case 'refused':
      return { detail: outcome.outcomes };
    case 'quarantined':
      return { detail: outcome.detail };
    case 'not-found':
      return {};
  }
}

export function fromOutcomeColumns(columns: OutcomeColumns): Outcome {
  const { outcome: kind, version, outcome_detail: detail } = columns;
  switch (kind) {
    case 'created':
    case 'updated':
    case 'cancelled':
    case 'confirmed':
    case 'expired':
    case 'ignored-stale':
    case 'not-held':
      if (version !== null) return { kind, version };
      break;
    case 'conflict':
      if (detail !== null) return { kind, ...toConflictDetail(detail) };
      break;
    case 'applied':
    case 'refused':
      if (detail !== null) return { kind, outcomes: JSON.parse(detail) as never };
      break;
    case 'quarantined':
      if (detail !== null) return { kind, detail: JSON.parse(detail) as string };
      break;
    case 'not-found':
      return { kind };
  }
  throw new TypeError(`a recorded outcome of kind "${kind}" cannot be read`);
}

interface ConflictDetail {
  readonly conflictsWith: readonly Blocker[];
  readonly moreConflicts?: number;
  readonly alternatives?: Alternatives;
}

// Conflicts recorded before alternatives existed have the bare list of blockers as their detail.
function toConflictDetail(text: string): ConflictDetail {
  const detail = JSON.parse(text) as readonly Blocker[] | ConflictDetail;
  return 'conflictsWith' in detail ? detail : { conflictsWith: detail };
}
