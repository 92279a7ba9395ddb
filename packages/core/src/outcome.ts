// The single final outcome of a request. A refusal is an outcome, not a failure.

import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

/** A conflicting live appointment, as it was when the request was decided. */
export interface Blocker {
  readonly id: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly version: number;
}

/** The nearest free intervals of the requested length on the requested resource, when the request was decided. */
export interface Alternatives {
  /** The last one that starts before the requested start. */
  readonly before?: Interval;
  /** The first one that starts after the requested start. */
  readonly after?: Interval;
}

/** The outcome of a single wish. */
export type WishOutcome =
  | { readonly kind: 'created' | 'updated' | 'cancelled' | 'confirmed'; readonly version: number }
  /** `version` is the current one: its `updatedAt` is equal or newer, or it is already booked. */
  | { readonly kind: 'ignored-stale'; readonly version: number }
  /** The appointment is not held; `version` is the current one. */
  | { readonly kind: 'not-held'; readonly version: number }
  | Conflict
  | { readonly kind: 'not-found' };

export interface Conflict {
  readonly kind: 'conflict';
  /** The first blockers, ordered by start, see `bound-outcome.ts`. A single book names at least one. */
  readonly conflictsWith: readonly Blocker[];
  /** How many of the first {@link CONFLICTS_NAMED_MAX} blockers are not named. Absent when all of those are. */
  readonly moreConflicts?: number;
  /** Absent in a batch, and in outcomes recorded before alternatives existed. */
  readonly alternatives?: Alternatives;
}

/** One of several outcomes, with the appointment that it is about. */
export type OfAppointment<T> = T & { readonly appointmentId: string };

export type Outcome =
  | WishOutcome
  /** The hold is released. */
  | { readonly kind: 'expired'; readonly version: number }
  /** Every wish of the batch was granted; one outcome per wish, in order. */
  | { readonly kind: 'applied'; readonly outcomes: readonly OfAppointment<WishOutcome>[] }
  /** No wish was granted. `not-applied`: would have been granted without the others. */
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
