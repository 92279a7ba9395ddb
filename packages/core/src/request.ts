// What a client asked of one org, immutable, already validated. `end > start` holds for every `book`.

import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

export interface BookRequest extends Interval {
  readonly operation: 'book';
  readonly requestId: string;
  readonly appointmentId: string;
  readonly resourceId: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly metadata: string | null;
}

export interface CancelRequest {
  readonly operation: 'cancel';
  readonly requestId: string;
  readonly appointmentId: string;
  readonly updatedAt: Instant;
}

export type Request = BookRequest | CancelRequest;
export type Operation = Request['operation'];
