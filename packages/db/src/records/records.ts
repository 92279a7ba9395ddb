// The input and output types of this package, in terms of the domain. Instants are exact milliseconds. Only
// `tables.ts` and the queries depend on how a record is stored.

import type { Appointment, Instant, Operation, Outcome, Request } from '@slotline/core';

/** A validated request with what the API recorded at acceptance. `requestId` is a lower-case UUID. */
export type AcceptedRequest = Request & {
  readonly acceptedAt: Instant;
  /** Identifies the payload, so that the same request id with another payload can be refused. */
  readonly fingerprint?: string | undefined;
  /** URL to notify of the outcome: one outbox row, written in the deciding transaction. */
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
  /** `''` for a batch, and for a quarantined entry without an appointment id. */
  readonly appointmentId: string;
  /** `unknown` only for a quarantined entry that could not be parsed. */
  readonly operation: Operation | 'unknown';
  readonly outcome: Outcome;
  readonly acceptedAt: Instant;
  readonly decidedAt: Instant;
  readonly fingerprint?: string;
}

/** Current facts. `recordedAt` is when the version was recorded; it never goes back within an org. */
export interface AppointmentRecord extends Appointment {
  readonly orgId: string;
  readonly recordedAt: Instant;
}

/** One immutable version, with the request that made it and its gapless sequence among its org's versions. */
export interface VersionRecord extends AppointmentRecord {
  readonly requestId: string;
  readonly sequence: number;
}

/** A mailbox entry that could not be decided. Any part of it may be missing (`''`) or unstorable. */
export interface Poison {
  readonly orgId: string;
  /** If it is not a UUID, the record gets an id derived from the entry; equal entries get equal ids. */
  readonly requestId: string;
  readonly appointmentId: string;
  /** Recorded as `unknown` unless it is an operation. */
  readonly operation: string;
  readonly raw: string;
  /** The reason shown to clients. */
  readonly detail: string;
  /** What went wrong, for operators only. */
  readonly cause?: string | undefined;
  readonly acceptedAt: Instant;
  readonly fingerprint?: string | undefined;
  readonly callbackUrl?: string | undefined;
}
