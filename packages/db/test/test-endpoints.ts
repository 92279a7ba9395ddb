// Endpoints and deliveries for tests, in the database of a test decider.

import { randomUUID } from 'node:crypto';

import {
  callbacksEndpointIdOf,
  changeEndpoint,
  claimAttempt,
  createEndpoint,
  deliveryIdOf,
  fanOutCallbacks,
  fanOutEndpoints,
  finishAttempt,
  takeDueDeliveries,
  type AttemptResult,
  type Database,
  type DecidedFact,
  type EndpointName,
  type EndpointRecord,
  type FanOutStep,
  type NewDelivery,
} from '../src/index.ts';

export const DAY_MS = 86_400_000;
export const LEASE_MS = 60_000;

/** Registers an endpoint with its own URL and returns it. */
export async function addEndpoint(
  db: Database,
  orgId: string,
  options: { endpointId?: string; events?: readonly string[] } = {},
): Promise<EndpointRecord> {
  const { endpointId = randomUUID(), events = [] } = options;
  const url = `https://example.com/${endpointId}`;
  const facts = { url, events, description: 'made by a test', sealedSecret: `sealed-${endpointId}` };
  const made = await createEndpoint(db, { orgId, endpointId, ...facts });
  if (made.kind !== 'created') throw new Error(made.kind);
  return made.endpoint;
}

/** Inserts `count` deliveries that have been due for `dueForS` seconds. */
export async function owe(
  db: Database,
  { endpointId }: EndpointName,
  count: number,
  dueForS = 0,
): Promise<void> {
  await db.pool.query(
    `insert into deliveries (delivery_id, org_key, endpoint_id, event_type, url, body, status, due_at, created_at)
     select gen_random_uuid(), org_key, endpoint_id, 'ping', 'https://x', '{}', 'pending',
       date_trunc('milliseconds', now()) - $3 * interval '1 s', now()
     from endpoints, generate_series(1, $2) where endpoint_id = $1`,
    [endpointId, count, dueForS],
  );
}

export function enable(db: Database, { orgId, endpointId }: EndpointName, isEnabled: boolean) {
  return changeEndpoint(db, { orgId, endpointId, isEnabled });
}

/** A short version of the worker's deliveries of a fact: one for the request and one for each version. */
export function toDeliveries(endpoint: EndpointRecord, fact: DecidedFact): readonly NewDelivery[] {
  const { requestId, outcome } = fact.request;
  const said = [
    { eventType: 'request.completed', sequence: null, body: { requestId, outcome } },
    ...fact.versions.map(({ sequence, id, version, status }) => ({
      ...{ eventType: `appointment.${status}`, sequence, body: { id, version } },
    })),
  ];
  return said.map(({ eventType, sequence, body }) => {
    const deliveryId = deliveryIdOf({ endpointId: endpoint.endpointId, eventType, requestId, sequence });
    return { deliveryId, eventType, sequence, body: JSON.stringify(body) };
  });
}

export function fanOut(
  db: Database,
  options: Partial<Parameters<typeof fanOutEndpoints>[1]> = {},
): Promise<FanOutStep> {
  const limits = { endpointsMax: 100, decisionsMax: 100, deliveriesMax: 2_000, charsMax: 8_000_000 };
  return fanOutEndpoints(db, { ...limits, toDeliveries, ...options });
}

export function fanOutToCallbacks(
  db: Database,
  options: Partial<Parameters<typeof fanOutCallbacks>[1]> = {},
): Promise<FanOutStep> {
  return fanOutCallbacks(db, {
    ...{ limit: 100, versionsMax: 2_000, charsMax: 8_000_000 },
    sealedSecret: () => 'sealed-for-callbacks',
    toDelivery: ({ request: { requestId, orgId } }, url) => {
      const endpointId = callbacksEndpointIdOf(orgId);
      const eventType = 'request.completed';
      const deliveryId = deliveryIdOf({ endpointId, eventType, requestId, sequence: null });
      return { deliveryId, eventType, sequence: null, body: JSON.stringify({ requestId, url }) };
    },
    ...options,
  });
}

/** Runs steps until one reports that no work is left; returns the number of deliveries created. */
export async function untilDone(step: () => Promise<FanOutStep>): Promise<number> {
  for (let created = 0; ;) {
    const done = await step();
    created += done.created;
    if (!done.isMore) return created;
  }
}

export async function takeDue(db: Database, limit = 100) {
  const { deliveries } = await takeDueDeliveries(db, { limit, leaseMs: LEASE_MS });
  return deliveries;
}

export function claim(db: Database, deliveryId: string, attemptsBefore: number) {
  return claimAttempt(db, { deliveryId, attemptsBefore, leaseMs: LEASE_MS });
}

const ENDS: Readonly<Record<AttemptResult['kind'], AttemptResult>> = {
  delivered: { kind: 'delivered', status: 204, error: null, answer: '', tookMs: 7 },
  retry: { kind: 'retry', retryInMs: 5_000, status: 500, error: 'answered 500', answer: 'oh', tookMs: 7 },
  gone: { kind: 'gone', status: 410, error: 'answered 410', answer: null, tookMs: 7 },
  exhausted: { kind: 'exhausted', status: null, error: 'timeout', answer: null, tookMs: 15_000 },
};

export function finish(
  db: Database,
  deliveryId: string,
  attempt: number,
  kind: AttemptResult['kind'],
  disableAfterMs = 5 * DAY_MS,
) {
  return finishAttempt(db, { deliveryId, attempt, result: ENDS[kind], disableAfterMs });
}

/** Claims and finishes the next attempt of a delivery with `attemptsBefore` attempts. */
export async function attempt(
  db: Database,
  deliveryId: string,
  attemptsBefore: number,
  kind: AttemptResult['kind'],
) {
  const claimed = await claim(db, deliveryId, attemptsBefore);
  if (claimed === undefined) throw new Error('nothing to claim');
  return finish(db, deliveryId, claimed.attempt, kind);
}
