// The one final answer to a request. A refusal is an outcome like any other, never a failure.

import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

/** A live appointment that stands in the way, as it was when the request was decided. */
export interface Blocker {
  readonly id: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly version: number;
}

/** The nearest free intervals of the length asked for, on the resource asked for, when it was decided. */
export interface Alternatives {
  /** The last one that starts earlier than asked. */
  readonly before?: Interval;
  /** The first one that starts later than asked. */
  readonly after?: Interval;
}

/** What became of a wish by itself. */
export type WishOutcome =
  | { readonly kind: 'created' | 'updated' | 'cancelled' | 'confirmed'; readonly version: number }
  /** `version` is the one that stands: its `updatedAt` is equal or newer, or it is booked already. */
  | { readonly kind: 'ignored-stale'; readonly version: number }
  /** There is nothing held to confirm; `version` is the one that stands. */
  | { readonly kind: 'not-held'; readonly version: number }
  | Conflict
  | { readonly kind: 'not-found' };

export interface Conflict {
  readonly kind: 'conflict';
  /** The first blockers, ordered by start, see `bound-outcome.ts`. A single book names at least one. */
  readonly conflictsWith: readonly Blocker[];
  /** How many of the first {@link CONFLICTS_NAMED_MAX} blockers are not named. Absent when all of those are. */
  readonly moreConflicts?: number;
  /** Absent in a batch, and in outcomes recorded before there were any. */
  readonly alternatives?: Alternatives;
}

/** One of several outcomes, with the appointment that it is about. */
export type OfAppointment<T> = T & { readonly appointmentId: string };

export type Outcome =
  | WishOutcome
  /** The hold is released. */
  | { readonly kind: 'expired'; readonly version: number }
  /** Every wish of the batch was granted; one outcome a wish, in order. */
  | { readonly kind: 'applied'; readonly outcomes: readonly OfAppointment<WishOutcome>[] }
  /** None was. `not-applied` is one that would have been granted but for the others. */
  | {
      readonly kind: 'refused';
      readonly outcomes: readonly OfAppointment<WishOutcome | { readonly kind: 'not-applied' }>[];
    }
  /** Given by the worker, never by `decide`: the request could not be decided, and `detail` says why. */
  | { readonly kind: 'quarantined'; readonly detail: string };

export type OutcomeKind = Outcome['kind'];

/**
 * How many blockers a conflict names or counts. A century-long request may overlap a million appointments; the
 * client needs to see that and why it was refused, not all of them.
 */
export const CONFLICTS_NAMED_MAX = 10;
