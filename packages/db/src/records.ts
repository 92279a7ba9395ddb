// What this package hands out and takes in, in the words of the domain. Instants are exact milliseconds.
// How a record lies in tables is known to `tables.ts` and the queries alone.

import type { Appointment, Instant, Operation, Outcome, Request } from '@slotline/core';

/** A validated request with what the API noted when it accepted it. `requestId` is a lower-case UUID. */
export type AcceptedRequest = Request & {
  readonly acceptedAt: Instant;
  /** Identifies the payload, so that the same request id with another payload can be refused. */
  readonly fingerprint?: string | undefined;
  /** Who asked to be told of the outcome: one outbox row, in the deciding transaction. */
  readonly callbackUrl?: string | undefined;
};

/** The requests of one org in a commit group, in mailbox order. */
export interface OrgRequests {
  readonly orgId: string;
  readonly requests: readonly AcceptedRequest[];
}

/** A request with its one immutable outcome. */
export interface RequestRecord {
  readonly requestId: string;
  readonly orgId: string;
  /** `''` of a batch, and of a quarantined entry that did not say. */
  readonly appointmentId: string;
  /** `unknown` only on a quarantined entry that could not be read. */
  readonly operation: Operation | 'unknown';
  readonly outcome: Outcome;
  readonly acceptedAt: Instant;
  readonly decidedAt: Instant;
  readonly fingerprint?: string;
}

/** Current facts. `recordedAt` is when the version was recorded; it never goes back inside an org. */
export interface AppointmentRecord extends Appointment {
  readonly orgId: string;
  readonly recordedAt: Instant;
}

/** One version for ever, with the request that made it and its gapless place among its org's versions. */
export interface VersionRecord extends AppointmentRecord {
  readonly requestId: string;
  readonly sequence: number;
}

/** A mailbox entry that could not be decided. Anything about it may be missing (`''`) or unstorable. */
export interface Poison {
  readonly orgId: string;
  /** When it is no UUID, the record gets one derived from the entry, equal for equal entries. */
  readonly requestId: string;
  readonly appointmentId: string;
  /** Recorded as `unknown` unless it is an operation. */
  readonly operation: string;
  readonly raw: string;
  /** What clients are told. */
  readonly detail: string;
  /** What went wrong, for operators alone. */
  readonly cause?: string | undefined;
  readonly acceptedAt: Instant;
  readonly fingerprint?: string | undefined;
  readonly callbackUrl?: string | undefined;
}
