// From decisions to deliveries, for the endpoints that orgs registered.
//
// An endpoint's cursor says up to which decision it has its deliveries. Reading behind a cursor is safe here and
// nowhere else (C43): `decision_sequence` is handed out under the org's lock, which is held until the commit, so
// decisions of an org become visible in the order of their numbers and without gaps. Deliveries and cursor are
// written by one transaction, so a step that dies is a step that was not made.

import type { Database } from '../database.ts';
import { checkBody, insertDeliveries, type DeliveryRow } from './create-delivery.ts';
import type { DecidedFact, NewDelivery } from './delivery-record.ts';
import type { EndpointRecord } from './endpoint-record.ts';
import { findLagging } from './find-lagging.ts';
import { ENDPOINT_COLUMNS } from './endpoints.ts';
import { LOAD_DECISIONS, loadFacts, type DecidedRow } from './load-facts.ts';
import { run, toArrays, transactLazily, type Session } from './run.ts';
import type { EndpointKey } from './settle-endpoints.ts';

export interface EndpointsFanOut {
  readonly endpointsMax: number;
  /** For each endpoint in one step. */
  readonly decisionsMax: number;
  /**
   * Pure. What it gives of a type that the endpoint did not ask for is left out here. When it throws, that
   * endpoint stays where it is.
   */
  readonly toDeliveries: (endpoint: EndpointRecord, fact: DecidedFact) => readonly NewDelivery[];
}

/** `isMore`: there was more to do than one step does. */
export interface FanOutStep {
  readonly created: number;
  readonly isMore: boolean;
}

/**
 * Makes the deliveries of what was decided since, for some of the endpoints that lag behind: each decision once
 * for each endpoint, however many callers there are and wherever they die. Callers at once serve different
 * endpoints. One call looks at {@link ENDPOINTS_SCANNED_MAX} endpoints at most, the next one goes on behind them.
 * Throws what `toDeliveries` threw, after serving the endpoints for which it did not.
 */
export async function fanOutEndpoints(db: Database, options: EndpointsFanOut): Promise<FanOutStep> {
  const { keys, isMore } = await findLagging(db, options.endpointsMax);
  if (keys.length === 0) return { created: 0, isMore };
  const step = await transactLazily(db, (session) => serveEndpoints(session, keys, options));
  if (step.failure !== undefined) throw step.failure.cause;
  return { created: step.created, isMore: isMore || step.isCut };
}

export const LOCK_ENDPOINTS = `
  select ${ENDPOINT_COLUMNS}, e.org_key, e.decision_sequence as "toldUpTo"
  from unnest($1::int[], $2::uuid[]) as k(org_key, endpoint_id)
  cross join lateral (
    select * from endpoints
    where org_key = k.org_key and endpoint_id = k.endpoint_id and disabled_at is null and deleted_at is null
    limit 1 for update skip locked
  ) e
  cross join lateral (select org_id from orgs where org_key = e.org_key limit 1) o`;

export const ADVANCE_ENDPOINTS = `
  update endpoints e set decision_sequence = k.decision_sequence
  from (
    select k.decision_sequence, e.ctid as place
    from unnest($1::int[], $2::uuid[], $3::bigint[]) as k(org_key, endpoint_id, decision_sequence)
    cross join lateral (
      select ctid from endpoints where org_key = k.org_key and endpoint_id = k.endpoint_id limit 1
    ) e
  ) k
  where e.ctid = k.place`;

interface LockedEndpoint extends EndpointRecord {
  readonly org_key: number;
  /** The last decision it has its deliveries of. */
  readonly toldUpTo: number;
}

interface ServedStep {
  readonly created: number;
  readonly isCut: boolean;
  readonly failure?: { readonly cause: unknown };
}

async function serveEndpoints(
  session: Session,
  keys: readonly EndpointKey[],
  options: EndpointsFanOut,
): Promise<ServedStep> {
  const locked = await run<LockedEndpoint>(session, LOCK_ENDPOINTS, toArrays(keys, 'org_key', 'endpoint_id'));
  const windows = await loadWindows(session, locked, options.decisionsMax);
  const rows: DeliveryRow[] = [];
  const advanced: { org_key: number; endpointId: string; toldUpTo: number }[] = [];
  let failure: ServedStep['failure'];
  for (const endpoint of locked) {
    const window = windows.get(windowOf(endpoint));
    if (window === undefined) continue;
    try {
      rows.push(...window.facts.flatMap((fact) => toRows(endpoint, fact, options)));
      advanced.push({ ...endpoint, toldUpTo: window.lastDecision });
    } catch (cause) {
      failure = { cause };
    }
  }
  const created = await insertDeliveries(session, rows);
  await run(session, ADVANCE_ENDPOINTS, toArrays(advanced, 'org_key', 'endpointId', 'toldUpTo'));
  const isCut = [...windows.values()].some(({ facts }) => facts.length === options.decisionsMax);
  return failure === undefined ? { created, isCut } : { created, isCut, failure };
}

interface Window {
  readonly facts: readonly DecidedFact[];
  readonly lastDecision: number;
}

function windowOf({ org_key, toldUpTo }: { org_key: number; toldUpTo: number }): string {
  return `${org_key} ${toldUpTo}`;
}

// Read once for all endpoints of an org that are at the same place, as those that keep up are.
async function loadWindows(
  session: Session,
  endpoints: readonly LockedEndpoint[],
  decisionsMax: number,
): Promise<ReadonlyMap<string, Window>> {
  const places = [...new Map(endpoints.map((endpoint) => [windowOf(endpoint), endpoint])).values()];
  const values = [...toArrays(places, 'org_key', 'toldUpTo'), decisionsMax];
  const rows = await run<DecidedRow & { after: number }>(session, LOAD_DECISIONS, values);
  const facts = await loadFacts(session, rows);
  const pairs = rows.flatMap((row, at) => {
    const fact = facts[at];
    return fact === undefined ? [] : [{ row, fact }];
  });
  const byPlace = Map.groupBy(pairs, ({ row }) => windowOf({ org_key: row.org_key, toldUpTo: row.after }));
  return new Map(
    [...byPlace].map(([place, ofPlace]) => {
      const lastDecision = ofPlace.at(-1)?.row.decision_sequence ?? 0;
      return [place, { facts: ofPlace.map(({ fact }) => fact), lastDecision }];
    }),
  );
}

function toRows(
  endpoint: LockedEndpoint,
  fact: DecidedFact,
  { toDeliveries }: EndpointsFanOut,
): readonly DeliveryRow[] {
  const { org_key, toldUpTo: _, ...record } = endpoint;
  return toDeliveries(record, fact)
    .filter(({ eventType }) => record.events.length === 0 || record.events.includes(eventType))
    .map(({ deliveryId, eventType, body, sequence }) => {
      checkBody(body);
      return {
        ...{ delivery_id: deliveryId, org_key, endpoint_id: record.endpointId, event_type: eventType },
        ...{ url: record.url ?? '', request_id: fact.request.requestId, sequence, body },
      };
    });
}
