// Builds the events of one decided request: one for the request itself and one for each version it made.
// Pure: the same fact gives the same ids and the same bytes in every process and on every call.

import { presentDecidedRequest, presentVersion } from '@slotline/contract';
import { formatInstant } from '@slotline/core';
import {
  callbacksEndpointIdOf,
  deliveryIdOf,
  type DecidedFact,
  type NewDelivery,
  type VersionRecord,
} from '@slotline/db';

/** A subscribed endpoint; an empty list of events means all events. */
export interface Listener {
  readonly endpointId: string;
  readonly events: readonly string[];
}

interface Told {
  readonly eventType: string;
  readonly version: VersionRecord | undefined;
  /** Distinguishes this event from others of the same type and request. */
  readonly sequence: number | null;
}

/** The deliveries of all events of the fact that the endpoint subscribes to. */
export function tellEndpoint(listener: Listener, fact: DecidedFact): readonly NewDelivery[] {
  const { events } = listener;
  return [tellRequest(fact), ...tellVersions(fact)]
    .filter(({ eventType }) => events.length === 0 || events.includes(eventType))
    .map((told) => toDelivery(listener.endpointId, fact, told));
}

/** The one delivery to the request's `callbackUrl`: its outcome. */
export function tellCallback(fact: DecidedFact): NewDelivery {
  return toDelivery(callbacksEndpointIdOf(fact.request.orgId), fact, tellRequest(fact));
}

function tellRequest({ request, versions }: DecidedFact): Told {
  const eventType = request.outcome.kind === 'quarantined' ? 'request.failed' : 'request.completed';
  // A batch makes many versions: its outcome names them, and each one has its own event.
  const version = request.operation === 'batch' ? undefined : versions[0];
  return { eventType, version, sequence: null };
}

function tellVersions({ request: { outcome }, versions }: DecidedFact): readonly Told[] {
  const kinds = outcome.kind === 'applied' ? outcome.outcomes.map(({ kind }) => kind) : [outcome.kind];
  return versions.map((version, at) => ({
    eventType: eventTypeOf(version, kinds[at]),
    version,
    sequence: version.sequence,
  }));
}

const KINDS = new Set(['created', 'updated', 'cancelled', 'confirmed', 'expired']);

function eventTypeOf({ status, version }: VersionRecord, kind: string | undefined): string {
  if (kind !== undefined && KINDS.has(kind)) return `appointment.${kind}`;
  if (status === 'cancelled' || status === 'expired') return `appointment.${status}`;
  return version === 1 ? 'appointment.created' : 'appointment.updated';
}

function toDelivery(
  endpointId: string,
  { request }: DecidedFact,
  { eventType, version, sequence }: Told,
): NewDelivery {
  const { requestId } = request;
  return {
    deliveryId: deliveryIdOf({ endpointId, eventType, requestId, sequence }),
    eventType,
    sequence: version?.sequence ?? null,
    body: JSON.stringify({
      type: eventType,
      timestamp: formatInstant(request.decidedAt),
      data: {
        request: presentDecidedRequest(request),
        appointment: version === undefined ? null : presentVersion(version),
        sequence: version?.sequence ?? null,
      },
    }),
  };
}

/** The decision time in a body, in milliseconds since 1970; `undefined` for a body not made by this file. */
export function decidedAtMsOf(body: string): number | undefined {
  // Every body made above begins with these members. Parsing all of it for a metric would be wasteful.
  const text = /^\{"type":"[\w.]+","timestamp":"([^"]{1,40})"/.exec(body)?.[1];
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
