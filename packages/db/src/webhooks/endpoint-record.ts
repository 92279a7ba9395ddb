// An endpoint as this package hands it out: whom an org wants told. Its secrets are not part of it.

import type { Instant } from '@slotline/core';

/**
 * `callbacks` is the one that every org has without asking: no URL of its own, its secret signs what goes to the
 * `callbackUrl` of a request, and nothing ever disables it.
 */
export type EndpointKind = 'endpoint' | 'callbacks';

/** `gone`: it answered 410. `failing`: nothing but failures for too long. */
export type DisabledReason = 'by-request' | 'gone' | 'failing';

export interface EndpointRecord {
  /** A lower-case UUID. */
  readonly endpointId: string;
  readonly orgId: string;
  readonly kind: EndpointKind;
  /** `null` exactly on `callbacks`. */
  readonly url: string | null;
  /** The types it wants; empty means all. */
  readonly events: readonly string[];
  readonly description: string;
  readonly isEnabled: boolean;
  /** With `disabledAt`, exactly while it is not enabled. */
  readonly disabledReason: DisabledReason | null;
  readonly disabledAt: Instant | null;
  /** Of the first failure since the last success. */
  readonly failingSince: Instant | null;
  readonly createdAt: Instant;
  /** Until when the secret before the current one signs too. */
  readonly hasPreviousSecretUntil: Instant | null;
}

/** Names an endpoint: an id of another org finds nothing. */
export interface EndpointName {
  readonly orgId: string;
  readonly endpointId: string;
}
