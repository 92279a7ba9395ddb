// Makes deliveries from outbox rows, which requests with a `callbackUrl` write. Rows are claimed by lock and never
// by a cursor, because their keys are assigned before the commit (C43).

import type { Database } from '../sql/database.ts';
import { createAllowance } from './allowance.ts';
import { ensureCallbacksIn } from './create-endpoint.ts';
import { checkBody, insertDeliveries } from './create-delivery.ts';
import { callbacksEndpointIdOf } from './delivery-ids.ts';
import type { DecidedFact, NewDelivery } from './delivery-record.ts';
import type { FanOutStep } from './fan-out-endpoints.ts';
import { countVersions, LOAD_REQUESTS, loadFacts, type DecidedRow } from './load-facts.ts';
import { run, toArrays, transactLazily, type Session } from '../sql/run.ts';

export interface CallbacksFanOut {
  readonly limit: number;
  /**
   * Limits of one step: versions read, and characters of the details of batches and conflicts, which bodies repeat.
   * Above what a statement can do in its time, a step would fail indefinitely. A single request may exceed both.
   */
  readonly versionsMax: number;
  readonly charsMax: number;
  /**
   * Pure. The delivery's endpoint is `callbacksEndpointIdOf(fact.request.orgId)`. If it throws, the row stays in
   * the outbox.
   */
  readonly toDelivery: (fact: DecidedFact, url: string) => NewDelivery;
  /** Called for each org that has no callback endpoint yet. */
  readonly sealedSecret: () => string;
}

/** Rows per org in one step, so that an org with many rows does not delay others. */
const ORG_ROWS_MAX = 100;

// Continues with the org after the last call's end. Finding the orgs takes one look-up per org.
export const TAKE_OUTBOX = `
  with recursive owed as (
    (select org_key from outbox where org_key > $1::int order by org_key limit 1)
    union all
    select (select b.org_key from outbox b where b.org_key > o.org_key order by b.org_key limit 1)
    from owed o where o.org_key is not null
  )
  select b.org_key, b.outbox_key, b.request_id, b.url
  from (select org_key from owed where org_key is not null limit $2::int) o
  cross join lateral (
    select org_key, outbox_key, request_id, url from outbox where org_key = o.org_key
    order by outbox_key limit $3::int for update skip locked
  ) b
  limit $2::int`;

export const DELETE_OUTBOX = `
  delete from outbox where ctid = any (array(
    select b.ctid from unnest($1::int[], $2::bigint[]) as k(org_key, outbox_key)
    cross join lateral (
      select ctid from outbox where org_key = k.org_key and outbox_key = k.outbox_key limit 1
    ) b
  ))`;

interface OutboxRow {
  readonly org_key: number;
  readonly outbox_key: number;
  readonly request_id: string;
  readonly url: string;
}

// Where the next call on a handle begins; affects fairness only.
const places = new WeakMap<Database, number>();

/**
 * Makes deliveries from outbox rows and deletes the rows in the same transaction. Concurrent callers take different
 * rows. Throws what `toDelivery` threw, after processing the rows for which it did not throw.
 */
export async function fanOutCallbacks(db: Database, options: CallbacksFanOut): Promise<FanOutStep> {
  const after = places.get(db) ?? 0;
  const { seen, isCut, created, failure } = await transactLazily(db, (session) =>
    serveOutbox(session, after, options),
  );
  places.set(db, isCut ? (seen.at(-1)?.org_key ?? 0) : 0);
  if (failure !== undefined) throw failure.cause;
  // The next call sees the rows before this call's start.
  return { created, isMore: isCut || after > 0 };
}

interface ServedOutbox {
  readonly seen: readonly OutboxRow[];
  /** More rows may exist than were seen. */
  readonly isCut: boolean;
  readonly created: number;
  readonly failure: { readonly cause: unknown } | undefined;
}

async function serveOutbox(session: Session, after: number, options: CallbacksFanOut): Promise<ServedOutbox> {
  const { limit, toDelivery, sealedSecret } = options;
  const taken = await run<OutboxRow>(session, TAKE_OUTBOX, [after, limit, ORG_ROWS_MAX]);
  if (taken.length === 0) return { seen: [], isCut: false, created: 0, failure: undefined };
  const requests = await loadRequests(session, taken, options);
  const facts = await loadFacts(session, requests.filter(isDecided));
  const seen = taken.slice(0, requests.length);
  const isCut = seen.length < taken.length || taken.length === limit || taken.length >= ORG_ROWS_MAX;
  let failure: ServedOutbox['failure'];
  const served = seen.flatMap((row, at) => {
    try {
      const request = requests[at];
      const fact = request && isDecided(request) ? facts.get(request) : undefined;
      if (fact === undefined)
        throw new TypeError(`request ${row.request_id} of an outbox row is not decided`);
      return [{ row, delivery: toRow(row, fact, toDelivery(fact, row.url)) }];
    } catch (cause) {
      failure = { cause };
      return [];
    }
  });
  const owners = new Map(
    [...facts.keys()].map(({ org_key, org_id: orgId }) => [org_key, { org_key, orgId }]),
  );
  await ensureCallbacksIn(session, [...owners.values()], sealedSecret);
  const created = await insertDeliveries(
    session,
    served.map(({ delivery }) => delivery),
  );
  const keys = served.map(({ row }) => row);
  await run(session, DELETE_OUTBOX, toArrays(keys, 'org_key', 'outbox_key'));
  return { seen, isCut, created, failure };
}

type AskedRow = DecidedRow | { readonly org_key: null };

function isDecided(row: AskedRow): row is DecidedRow {
  return row.org_key !== null;
}

// Returns the requests of the first rows, one per row, up to what a step may read.
async function loadRequests(
  session: Session,
  taken: readonly OutboxRow[],
  { versionsMax, charsMax }: CallbacksFanOut,
): Promise<readonly AskedRow[]> {
  const values = [...toArrays(taken, 'request_id', 'org_key'), charsMax];
  const versions = createAllowance(versionsMax);
  return (await run<AskedRow>(session, LOAD_REQUESTS, values)).filter((row) =>
    versions.take(isDecided(row) ? countVersions(row) : 0),
  );
}

function toRow(
  { org_key, request_id, url }: OutboxRow,
  { request }: DecidedFact,
  { deliveryId, eventType, body, sequence }: NewDelivery,
) {
  checkBody(body);
  const endpoint_id = callbacksEndpointIdOf(request.orgId);
  return {
    ...{ delivery_id: deliveryId, org_key, endpoint_id, event_type: eventType },
    ...{ url, request_id, sequence, body },
  };
}
