// Endpoints and deliveries as clients see them. Fields that are null in the database are omitted.

import { formatInstant, type Instant } from '@slotline/core';
import { webhookIdOf } from '../webhook-id.ts';
import {
  CALLBACKS_ENDPOINT,
  type DeliveryResource,
  type EndpointResource,
  type LoggedDeliveryResource,
} from '../webhook-resource.ts';

export interface EndpointFacts {
  readonly endpointId: string;
  readonly orgId: string;
  readonly kind: EndpointResource['kind'];
  readonly url: string | null;
  readonly events: readonly string[];
  readonly description: string;
  readonly isEnabled: boolean;
  readonly disabledReason: NonNullable<EndpointResource['disabledReason']> | null;
  readonly disabledAt: Instant | null;
  readonly failingSince: Instant | null;
  readonly createdAt: Instant;
  readonly hasPreviousSecretUntil: Instant | null;
}

export interface DeliveryFacts {
  readonly deliveryId: string;
  readonly orgId: string;
  readonly eventType: string;
  readonly url: string;
  readonly status: DeliveryResource['status'];
  readonly attempts: number;
  readonly requestId: string | null;
  readonly sequence: number | null;
  readonly createdAt: Instant;
  readonly nextAttemptAt: Instant | null;
  readonly deliveredAt: Instant | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

export interface AttemptFacts {
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly tookMs: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

/** The endpoint's name on the wire: its id, or the alias of the built-in one. */
export function endpointNameOf({ kind, endpointId }: Pick<EndpointFacts, 'kind' | 'endpointId'>): string {
  return kind === 'callbacks' ? CALLBACKS_ENDPOINT : endpointId;
}

export function presentEndpoint(endpoint: EndpointFacts): EndpointResource {
  const { orgId, kind, events, description, isEnabled, createdAt } = endpoint;
  return {
    id: endpointNameOf(endpoint),
    orgId,
    kind,
    ...present('url', endpoint.url),
    events: [...events],
    description,
    isEnabled,
    ...present('disabledReason', endpoint.disabledReason),
    ...presentAt('disabledAt', endpoint.disabledAt),
    ...presentAt('failingSince', endpoint.failingSince),
    ...presentAt('previousSecretUntil', endpoint.hasPreviousSecretUntil),
    createdAt: formatInstant(createdAt),
  };
}

/** `endpointName`: see {@link endpointNameOf}. */
export function presentDelivery(delivery: DeliveryFacts, endpointName: string): DeliveryResource {
  const { deliveryId, orgId, eventType, url, status, attempts } = delivery;
  return {
    id: webhookIdOf(deliveryId),
    orgId,
    endpointId: endpointName,
    type: eventType,
    url,
    status,
    attempts,
    ...present('requestId', delivery.requestId),
    ...present('sequence', delivery.sequence),
    createdAt: formatInstant(delivery.createdAt),
    ...presentAt('nextAttemptAt', delivery.nextAttemptAt),
    ...presentAt('deliveredAt', delivery.deliveredAt),
    ...present('lastStatus', delivery.lastStatus),
    ...present('lastError', delivery.lastError),
  };
}

export function presentLoggedDelivery(
  delivery: DeliveryFacts & { readonly attemptsLog: readonly AttemptFacts[]; readonly body: string },
  endpointName: string,
): LoggedDeliveryResource {
  const attemptsLog = delivery.attemptsLog.map(presentAttempt);
  return { ...presentDelivery(delivery, endpointName), attemptsLog, body: delivery.body };
}

function presentAttempt({ attempt, startedAt, tookMs, status, error, answer }: AttemptFacts) {
  return {
    attempt,
    startedAt: formatInstant(startedAt),
    ...present('tookMs', tookMs),
    ...present('status', status),
    ...present('error', error),
    ...present('answer', answer),
  };
}

function present<Name extends string, Value>(name: Name, value: Value | null): { [N in Name]?: Value } {
  return value === null ? {} : ({ [name]: value } as { [N in Name]: Value });
}

function presentAt<Name extends string>(name: Name, instant: Instant | null): { [N in Name]?: string } {
  return present(name, instant === null ? null : formatInstant(instant));
}
