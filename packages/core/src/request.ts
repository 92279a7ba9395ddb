// What was asked of one org, immutable, already validated. `end > start` holds for every `book`.

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

/** Makes a held appointment a booked one. */
export interface Confirm {
  readonly operation: 'confirm';
  readonly appointmentId: string;
}

/**
 * Releases a hold that was not confirmed. Asked by the service itself once the hold is due, and decided in order
 * with everything else: by then it may be confirmed, cancelled or held anew, which is another version.
 */
export interface Expire {
  readonly operation: 'expire';
  readonly appointmentId: string;
  /** The held version that is due. */
  readonly version: number;
}

/** What a client may ask of one appointment. */
export type Wish = Book | Cancel | Confirm;

/** Wishes for different appointments of the org, granted all together or not at all. */
export interface Batch {
  readonly operation: 'batch';
  /** 1 to {@link BATCH_WISHES_MAX}, no two for the same appointment. */
  readonly wishes: readonly Wish[];
}

/** How many wishes one atomic batch has at most: its conflicts are judged together, in one transaction. */
export const BATCH_WISHES_MAX = 200;

type Asked<T> = T & { readonly requestId: string };

export type BookRequest = Asked<Book>;
export type CancelRequest = Asked<Cancel>;
export type ConfirmRequest = Asked<Confirm>;
export type ExpireRequest = Asked<Expire>;
export type BatchRequest = Asked<Batch>;

export type Request = BookRequest | CancelRequest | ConfirmRequest | ExpireRequest | BatchRequest;

export type Operation = Request['operation'];

/** What a request asks of single appointments: the wishes of a batch, or itself. */
export function wishesOf(request: Request): readonly (Wish | Expire)[] {
  return request.operation === 'batch' ? request.wishes : [request];
}
