// Requests to one org, immutable and already validated. `end > start` holds for every `book`.

import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

/** Books, moves or revives an appointment. With `heldUntil` it only holds the slot, to be confirmed. */
export interface Book extends Interval {
  readonly operation: 'book';
  readonly appointmentId: string;
  readonly resourceId: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly heldUntil: Instant | null;
  readonly metadata: string | null;
}

export interface Cancel {
  readonly operation: 'cancel';
  readonly appointmentId: string;
  readonly updatedAt: Instant;
}

/** Confirms a held appointment, which becomes booked. */
export interface Confirm {
  readonly operation: 'confirm';
  readonly appointmentId: string;
}

/**
 * Releases a hold that was not confirmed. Created by the service once the hold is due, and decided in order with
 * all other requests: by then the appointment may have a new version, because it was confirmed, cancelled or held again.
 */
export interface Expire {
  readonly operation: 'expire';
  readonly appointmentId: string;
  /** The held version that is due. */
  readonly version: number;
}

/** A request of a client for one appointment. */
export type Wish = Book | Cancel | Confirm;

/** Wishes for different appointments of the org, granted all together or not at all. */
export interface Batch {
  readonly operation: 'batch';
  /** 1 to {@link BATCH_WISHES_MAX}, no two for the same appointment. */
  readonly wishes: readonly Wish[];
}

/** The most wishes in one atomic batch: its conflicts are judged together, in one transaction. */
export const BATCH_WISHES_MAX = 200;

type Asked<T> = T & { readonly requestId: string };

export type BookRequest = Asked<Book>;
export type CancelRequest = Asked<Cancel>;
export type ConfirmRequest = Asked<Confirm>;
export type ExpireRequest = Asked<Expire>;
export type BatchRequest = Asked<Batch>;

export type Request = BookRequest | CancelRequest | ConfirmRequest | ExpireRequest | BatchRequest;

export type Operation = Request['operation'];

/** The wishes of a request: those of a batch, or the request itself. */
export function wishesOf(request: Request): readonly (Wish | Expire)[] {
  return request.operation === 'batch' ? request.wishes : [request];
}
