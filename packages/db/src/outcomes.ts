// An outcome as three columns (`outcome`, `version`, `outcome_detail`) and back. The CHECK of the table
// says the same; a row that fits neither is refused loudly, because an outcome must never be guessed.

import type { Blocker, Outcome } from '@slotline/core';

export interface OutcomeColumns {
  readonly outcome: string;
  readonly version: number | null;
  /** JSON as text: the blockers of a conflict, the detail of a quarantine. */
  readonly outcome_detail: string | null;
}

export function toOutcomeColumns(outcome: Outcome): OutcomeColumns {
  switch (outcome.kind) {
    case 'created':
    case 'updated':
    case 'cancelled':
    case 'ignored-stale':
      return { outcome: outcome.kind, version: outcome.version, outcome_detail: null };
    case 'conflict':
      return { outcome: outcome.kind, version: null, outcome_detail: JSON.stringify(outcome.conflictsWith) };
    case 'quarantined':
      return { outcome: outcome.kind, version: null, outcome_detail: JSON.stringify(outcome.detail) };
    case 'not-found':
      return { outcome: outcome.kind, version: null, outcome_detail: null };
  }
}

export function fromOutcomeColumns(columns: OutcomeColumns): Outcome {
  const { outcome: kind, version, outcome_detail: detail } = columns;
  switch (kind) {
    case 'created':
    case 'updated':
    case 'cancelled':
    case 'ignored-stale':
      if (version !== null) return { kind, version };
      break;
    case 'conflict':
      if (detail !== null) return { kind, conflictsWith: JSON.parse(detail) as Blocker[] };
      break;
    case 'quarantined':
      if (detail !== null) return { kind, detail: JSON.parse(detail) as string };
      break;
    case 'not-found':
      return { kind };
  }
  throw new TypeError(`P3: a recorded outcome of kind "${kind}" cannot be read`);
}
