// Orgs and quarantined requests as operators see them.

import { formatInstant, type Instant, type Operation } from '@slotline/core';
import type { OrgResource, QuarantinedResource } from '../admin-resource.ts';

export interface OrgFacts {
  readonly orgId: string;
  readonly depth: number;
  readonly oldestAgeMs: number;
  readonly isPaused: boolean;
  readonly weight: number;
  /** Measured milliseconds per item. */
  readonly paceMs?: number;
}

export function presentOrg({ orgId, depth, oldestAgeMs, isPaused, weight, paceMs }: OrgFacts): OrgResource {
  // A rate measured before a pause is out of date.
  const isMeasured = paceMs !== undefined && paceMs > 0 && !isPaused;
  return {
    orgId,
    waiting: depth,
    oldestAgeMs: Math.round(oldestAgeMs),
    isPaused,
    weight,
    ...(isMeasured ? { drainPerSecond: Number((1_000 / paceMs).toPrecision(3)) } : {}),
  };
}

export interface QuarantinedFacts {
  readonly requestId: string;
  readonly orgId: string;
  /** Empty for a batch, and for an entry that could not be read. */
  readonly appointmentId: string;
  readonly operation: Operation | 'unknown';
  readonly cause: string | null;
  readonly acceptedAt: Instant;
  readonly quarantinedAt: Instant;
  readonly raw: string | null;
}

export interface QuarantinedView {
  readonly isRetryable: boolean;
  readonly retriedAs?: string | undefined;
  readonly hasPayload: boolean;
}

export function presentQuarantined(
  facts: QuarantinedFacts,
  { isRetryable, retriedAs, hasPayload }: QuarantinedView,
): QuarantinedResource {
  const { requestId, orgId, appointmentId, operation, cause, acceptedAt, quarantinedAt, raw } = facts;
  return {
    requestId,
    orgId,
    ...(appointmentId === '' ? {} : { appointmentId }),
    operation,
    ...(cause === null ? {} : { reason: cause }),
    isRetryable,
    ...(retriedAs === undefined ? {} : { retriedAs }),
    acceptedAt: formatInstant(acceptedAt),
    quarantinedAt: formatInstant(quarantinedAt),
    ...(hasPayload && raw !== null ? { payload: raw } : {}),
  };
}
