// The types of endpoints, which receive an org's webhooks. Secrets are not part of them.

import type { Instant } from '@slotline/core';

/**
 * Every org has one endpoint of kind `callbacks` without registering it. It has no URL; its secret signs what is
 * sent to the `callbackUrl` of a request; it is never disabled.
 */
export type EndpointKind = 'endpoint' | 'callbacks';

/** `gone`: it answered 410. `failing`: all attempts failed for too long. */
export type DisabledReason = 'by-request' | 'gone' | 'failing';

export interface EndpointRecord {
  /** A lower-case UUID. */
  readonly endpointId: string;
  readonly orgId: string;
  readonly kind: EndpointKind;
  /** `null` only for `callbacks`. */
  readonly url: string | null;
  /** The event types it subscribes to; empty means all. */
  readonly events: readonly string[];
  readonly description: string;
  readonly isEnabled: boolean;
  /** Set together with `disabledAt`, exactly while it is disabled. */
  readonly disabledReason: DisabledReason | null;
  readonly disabledAt: Instant | null;
  /** Time of the first failure since the last success. */
  readonly failingSince: Instant | null;
  readonly createdAt: Instant;
  /** Until when the previous secret also signs. */
  readonly hasPreviousSecretUntil: Instant | null;
}

/** Identifies an endpoint; ids of another org find nothing. */
export interface EndpointName {
  readonly orgId: string;
  readonly endpointId: string;
}
