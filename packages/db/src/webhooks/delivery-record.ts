// A delivery as this package hands it out and takes it in: one fact owed to one endpoint, and the attempts at it.

import type { Instant } from '@slotline/core';

import type { RequestRecord, VersionRecord } from '../records.ts';

/** `failed`: the schedule is over or the endpoint said it is gone. `dropped`: the endpoint was deleted first. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'dropped';

export interface DeliveryRecord {
  /** A lower-case UUID; `webhook-id` is made of it, so it is the same for every attempt. */
  readonly deliveryId: string;
  readonly orgId: string;
  readonly endpointId: string;
  readonly eventType: string;
  /** Where the last attempt went, or the next one will go unless the endpoint's URL changes. */
  readonly url: string;
  readonly status: DeliveryStatus;
  /** Attempts begun, redeliveries included. */
  readonly attempts: number;
  readonly requestId: string | null;
  /** The org's `sequence` of the version that it tells of. */
  readonly sequence: number | null;
  readonly createdAt: Instant;
  /** `null` when nothing is to come, or nothing before its endpoint is enabled. */
  readonly nextAttemptAt: Instant | null;
  readonly deliveredAt: Instant | null;
  /** HTTP status of the last attempt that was answered. */
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

/** One POST. All but its number and time are `null` while it runs, and for ever when its sender died. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly tookMs: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

/** A decided request with the versions that it made, oldest first: what webhooks tell of. */
export interface DecidedFact {
  readonly request: RequestRecord;
  readonly versions: readonly VersionRecord[];
}

/** What the caller makes of a fact. The body is stored once and sent as it is by every attempt. */
export interface NewDelivery {
  /** From `deliveryIdOf`, so that the same fact never makes a second delivery. */
  readonly deliveryId: string;
  readonly eventType: string;
  readonly body: string;
  readonly sequence: number | null;
}

/** Names a delivery: an id of another org or endpoint finds nothing. */
export interface DeliveryName {
  readonly orgId: string;
  readonly endpointId: string;
  readonly deliveryId: string;
}
