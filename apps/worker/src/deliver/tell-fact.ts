// What is told of one decided request: an event for the request itself and one for each version it made. Pure:
// the same fact makes the same ids and the same bytes, whoever tells it and however often.

import { presentDecidedRequest, presentVersion } from '@slotline/contract';
import { formatInstant } from '@slotline/core';
import {
  callbacksEndpointIdOf,
  deliveryIdOf,
  type DecidedFact,
  type NewDelivery,
  type VersionRecord,
} from '@slotline/db';

/** Who is told; an empty list of events means all of them. */
export interface Listener {
  readonly endpointId: string;
  readonly events: readonly string[];
}

interface Told {
  readonly eventType: string;
  readonly version: VersionRecord | undefined;
  /** What tells this event from others of the same type and request. */
  readonly sequence: number | null;
}

/** Everything that the listener asked to hear of the fact. */
export function tellEndpoint(listener: Listener, fact: DecidedFact): readonly NewDelivery[] {
  const { events } = listener;
  return [tellRequest(fact), ...tellVersions(fact)]
    .filter(({ eventType }) => events.length === 0 || events.includes(eventType))
    .map((told) => toDelivery(listener.endpointId, fact, told));
}

/** Whoever gave a `callbackUrl` hears what became of the request, once. */
export function tellCallback(fact: DecidedFact): NewDelivery {
  return toDelivery(callbacksEndpointIdOf(fact.request.orgId), fact, tellRequest(fact));
}

function tellRequest({ request, versions }: DecidedFact): Told {
  const eventType = request.outcome.kind === 'quarantined' ? 'request.failed' : 'request.completed';
  // The versions of a batch are many: its outcome names them, and each has an event of its own.
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

/** When what a body tells was decided, in milliseconds since 1970; `undefined` for a body made elsewhere. */
export function decidedAtMsOf(body: string): number | undefined {
  // The first members of every body made above; parsing all of it for a metric would be a waste.
  const text = /^\{"type":"[\w.]+","timestamp":"([^"]{1,40})"/.exec(body)?.[1];
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
