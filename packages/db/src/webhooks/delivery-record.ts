// The types of deliveries (one fact owed to one endpoint) and their attempts.

import type { Instant } from '@slotline/core';

import type { RequestRecord, VersionRecord } from '../records/records.ts';

/**
 * `failed`: the schedule ended or the endpoint answered that it is gone. `dropped`: the endpoint was deleted first.
 */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'dropped';

export interface DeliveryRecord {
  /** A lower-case UUID. `webhook-id` is derived from it, so it is the same for every attempt. */
  readonly deliveryId: string;
  readonly orgId: string;
  readonly endpointId: string;
  readonly eventType: string;
  /** URL of the last attempt, or of the next one unless the endpoint's URL changes. */
  readonly url: string;
  readonly status: DeliveryStatus;
  /** Attempts begun, including those of redeliveries. */
  readonly attempts: number;
  readonly requestId: string | null;
  /** The org's `sequence` of the version that the delivery reports. */
  readonly sequence: number | null;
  readonly createdAt: Instant;
  /** `null` if no attempt will follow, or none before its endpoint is enabled. */
  readonly nextAttemptAt: Instant | null;
  readonly deliveredAt: Instant | null;
  /** HTTP status of the last attempt that got a response. */
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

/**
 * One POST. Except for number and start, its members are `null` while it runs, and permanently if its deliverer
 * died.
 */
export interface AttemptRecord {
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly tookMs: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

/** A decided request with the versions it made, oldest first: the content of a webhook. */
export interface DecidedFact {
  readonly request: RequestRecord;
  readonly versions: readonly VersionRecord[];
}

/** The delivery that the caller makes of a fact. The body is stored once, and every attempt sends it unchanged. */
export interface NewDelivery {
  /** From `deliveryIdOf`, so that the same fact never makes a second delivery. */
  readonly deliveryId: string;
  readonly eventType: string;
  readonly body: string;
  readonly sequence: number | null;
}

/** Identifies a delivery; ids of another org or endpoint find nothing. */
export interface DeliveryName {
  readonly orgId: string;
  readonly endpointId: string;
  readonly deliveryId: string;
}
