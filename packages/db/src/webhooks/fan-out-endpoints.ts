// Makes deliveries from decisions, for the endpoints that orgs registered.
//
// An endpoint's cursor is the last decision whose deliveries exist. Reading after a cursor is safe here and nowhere
// else (C43): `decision_sequence` is assigned under the org's lock, which is held until the commit, so the
// decisions of an org become visible in order and without gaps. Deliveries and cursor are written in one
// transaction, so a crash in a step leaves nothing of it.

import type { Database } from '../sql/database.ts';
import { createSharedAllowance, type SharedAllowance } from './allowance.ts';
import { checkBody, insertDeliveries, type DeliveryRow } from './create-delivery.ts';
import type { DecidedFact, NewDelivery } from './delivery-record.ts';
import type { EndpointRecord } from './endpoint-record.ts';
import { findLagging, goOnBehind } from './find-lagging.ts';
import { ENDPOINT_COLUMNS } from './endpoints.ts';
import { countVersions, LOAD_DECISIONS, loadFacts, type DecidedRow } from './load-facts.ts';
import { run, toArrays, transactLazily, type Session } from '../sql/run.ts';
import type { EndpointKey } from './settle-endpoints.ts';

export interface EndpointsFanOut {
  readonly endpointsMax: number;
  /** Per endpoint in one step. */
  readonly decisionsMax: number;
  /**
   * Limits of one step: deliveries, and characters of their bodies. Above what a statement can write in its time, a
   * step would fail indefinitely. All deliveries of a decision to an endpoint are made in one step, and a single
   * decision may exceed both.
   */
  readonly deliveriesMax: number;
  readonly charsMax: number;
  /**
   * Pure. Deliveries of types that the endpoint does not subscribe to are discarded. If it throws, the endpoint's
   * cursor does not move.
   */
  readonly toDeliveries: (endpoint: EndpointRecord, fact: DecidedFact) => readonly NewDelivery[];
}

/** `isMore`: more work remained than one step does. */
export interface FanOutStep {
  readonly created: number;
  readonly isMore: boolean;
}

/**
 * Makes the deliveries of new decisions for some of the endpoints that lag behind: each decision once per endpoint,
 * independent of the number of callers and of crashes. Concurrent callers serve different endpoints. One call scans
 * at most {@link ENDPOINTS_SCANNED_MAX} endpoints, and the next call continues after them. Throws what
 * `toDeliveries` threw, after serving the endpoints for which it did not throw.
 */
export async function fanOutEndpoints(db: Database, options: EndpointsFanOut): Promise<FanOutStep> {
  const { keys, isMore } = await findLagging(db, options.endpointsMax);
  if (keys.length === 0) return { created: 0, isMore };
  const step = await transactLazily(db, (session) => serveEndpoints(session, keys, options));
  if (step.fullAt !== undefined) goOnBehind(db, step.fullAt);
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
  /** The cursor: the last decision whose deliveries exist. */
  readonly toldUpTo: number;
}

interface ServedStep {
  readonly created: number;
  readonly isCut: boolean;
  /** The last endpoint served, if the step reached a limit. */
  readonly fullAt: EndpointKey | undefined;
  readonly failure: { readonly cause: unknown } | undefined;
}

async function serveEndpoints(
  session: Session,
  keys: readonly EndpointKey[],
  options: EndpointsFanOut,
): Promise<ServedStep> {
  const locked = await run<LockedEndpoint>(session, LOCK_ENDPOINTS, toArrays(keys, 'org_key', 'endpoint_id'));
  const { shares, isFull, isPartFull } = shareOut(
    locked,
    await loadWindows(session, locked, options),
    options,
  );
  const facts = await loadFacts(session, [...new Set(shares.flatMap(({ decisions }) => decisions))]);
  const { rows, advanced, failure, ...made } = makeRows(shares, facts, options);
  const created = await insertDeliveries(session, rows);
  await run(session, ADVANCE_ENDPOINTS, toArrays(advanced, 'org_key', 'endpointId', 'toldUpTo'));
  const last = isFull || made.isFull ? made.last : undefined;
  const fullAt = last && { org_key: last.org_key, endpoint_id: last.endpointId };
  const isPartCut = isPartFull || made.isPartFull;
  const isCut =
    fullAt !== undefined || isPartCut || advanced.some(({ toldUpTo, newest }) => toldUpTo < newest);
  return { created, isCut, fullAt, failure };
}

/** Belongs to all endpoints of the org with the cursor `after`. `newest`: the org's last decision. */
interface WindowRow extends DecidedRow {
  readonly after: number;
  readonly newest: number;
}

function windowOf({ org_key, toldUpTo }: { org_key: number; toldUpTo: number }): string {
  return `${org_key} ${toldUpTo}`;
}

// Read once for all endpoints of an org with the same cursor, as those that keep up have.
async function loadWindows(
  session: Session,
  endpoints: readonly LockedEndpoint[],
  { decisionsMax, charsMax }: EndpointsFanOut,
): Promise<ReadonlyMap<string, readonly WindowRow[]>> {
  const places = [...new Map(endpoints.map((endpoint) => [windowOf(endpoint), endpoint])).values()];
  const detailMax = Math.floor(charsMax / Math.max(1, places.length));
  const values = [...toArrays(places, 'org_key', 'toldUpTo'), decisionsMax, detailMax];
  const rows = await run<WindowRow>(session, LOAD_DECISIONS, values);
  return Map.groupBy(rows, ({ org_key, after }) => windowOf({ org_key, toldUpTo: after }));
}

/** The decisions to deliver to one endpoint. */
interface Share {
  readonly endpoint: LockedEndpoint;
  readonly decisions: readonly WindowRow[];
}

/** Whether the step reached its limit, in total or for one org. */
interface Fullness {
  readonly isFull: boolean;
  readonly isPartFull: boolean;
}

function fullnessOf(allowance: SharedAllowance): Fullness {
  return { isFull: allowance.isUsedUp(), isPartFull: allowance.isPartUsedUp() };
}

// Limits the decisions by the most deliveries they can make, before their versions are loaded.
function shareOut(
  endpoints: readonly LockedEndpoint[],
  windows: ReadonlyMap<string, readonly WindowRow[]>,
  { deliveriesMax }: EndpointsFanOut,
): { shares: readonly Share[] } & Fullness {
  const deliveries = createSharedAllowance(
    deliveriesMax,
    endpoints.map(({ org_key }) => org_key),
  );
  const shares = endpoints.map((endpoint) => {
    const window = windows.get(windowOf(endpoint)) ?? [];
    return {
      endpoint,
      decisions: window.filter((row) => deliveries.take(row.org_key, 1 + countVersions(row))),
    };
  });
  return { shares: shares.filter(({ decisions }) => decisions.length > 0), ...fullnessOf(deliveries) };
}

interface MadeRows extends Fullness {
  readonly rows: readonly DeliveryRow[];
  readonly advanced: readonly { org_key: number; endpointId: string; toldUpTo: number; newest: number }[];
  /** The last endpoint that was processed. */
  readonly last: LockedEndpoint | undefined;
  readonly failure: ServedStep['failure'];
}

function makeRows(
  shares: readonly Share[],
  facts: ReadonlyMap<WindowRow, DecidedFact>,
  options: EndpointsFanOut,
): MadeRows {
  const chars = createSharedAllowance(
    options.charsMax,
    shares.map(({ endpoint }) => endpoint.org_key),
  );
  const rows: DeliveryRow[] = [];
  const advanced: MadeRows['advanced'][number][] = [];
  let last: LockedEndpoint | undefined;
  let failure: ServedStep['failure'];
  for (const { endpoint, decisions } of shares) {
    try {
      const told = tellWhileItFits({ endpoint, decisions }, { facts, chars, options });
      if (told.upTo === undefined) {
        if (chars.isUsedUp()) break;
        continue;
      }
      rows.push(...told.rows);
      const { decision_sequence: toldUpTo, newest } = told.upTo;
      advanced.push({ ...endpoint, toldUpTo, newest });
    } catch (cause) {
      failure = { cause };
    }
    last = endpoint;
  }
  return { rows, advanced, last, ...fullnessOf(chars), failure };
}

interface Telling {
  readonly facts: ReadonlyMap<WindowRow, DecidedFact>;
  readonly chars: SharedAllowance;
  readonly options: EndpointsFanOut;
}

function tellWhileItFits(
  { endpoint, decisions }: Share,
  { facts, chars, options }: Telling,
): { readonly rows: readonly DeliveryRow[]; readonly upTo: WindowRow | undefined } {
  const rows: DeliveryRow[] = [];
  let upTo: WindowRow | undefined;
  for (const decision of decisions) {
    const fact = facts.get(decision);
    const made = fact === undefined ? [] : toRows(endpoint, fact, options);
    const length = made.reduce((sum, { body }) => sum + body.length, 0);
    if (!chars.take(endpoint.org_key, length)) break;
    rows.push(...made);
    upTo = decision;
  }
  return { rows, upTo };
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
