// The one final answer to a request. A refusal is an outcome like any other, never a failure.

import type { Instant } from './instant.ts';

/** A live appointment that stands in the way, as it was when the request was decided. */
export interface Blocker {
  readonly id: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly version: number;
}

export type Outcome =
  | { readonly kind: 'created' | 'updated' | 'cancelled'; readonly version: number }
  /** `version` is the one that stands, whose `updatedAt` is equal or newer. */
  | { readonly kind: 'ignored-stale'; readonly version: number }
  /** The first {@link CONFLICTS_NAMED_MAX} blockers, ordered by start. */
  | { readonly kind: 'conflict'; readonly conflictsWith: readonly Blocker[] }
  | { readonly kind: 'not-found' }
  /** Given by the worker, never by `decide`: the request could not be decided, and `detail` says why. */
  | { readonly kind: 'quarantined'; readonly detail: string };

export type OutcomeKind = Outcome['kind'];

/**
 * How many blockers a conflict names. A century-long request may overlap a million appointments; the
 * client needs to see that and why it was refused, not all of them.
 */
export const CONFLICTS_NAMED_MAX = 10;
