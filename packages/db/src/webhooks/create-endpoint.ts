// Creates endpoints: registered by an org, or the built-in one for its callbacks. The cursor of a new endpoint
// starts at the org's last decision, so it gets only later decisions.

import type { Database } from '../sql/database.ts';
import { toArrayLiteral } from '../sql/array-literal.ts';
import { failing } from '../sql/failure.ts';
import { callbacksEndpointIdOf } from './delivery-ids.ts';
import type { EndpointName, EndpointRecord } from './endpoint-record.ts';
import { FIND_ENDPOINT, findEndpointIn } from './endpoints.ts';
import { NOW, run, toArrays, transact, transactTogether, WAIT_FOR_DISK, type Session } from '../sql/run.ts';

/** The most endpoints of an org. Each endpoint multiplies the number of deliveries. */
export const ENDPOINTS_PER_ORG_MAX = 50;

export interface NewEndpoint extends EndpointName {
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly sealedSecret: string;
}

/** First half of the advisory lock's key ("ENDP"). Not the org's own lock, which deciding transactions wait for. */
const ENDPOINTS_LOCK_CLASS = 0x454e4450;

const FIND_ORG = 'select org_key from orgs where org_id = $1';
const MAKE_ORG = 'insert into orgs (org_id) values ($1) on conflict do nothing';
const LOCK_ENDPOINTS = `select pg_advisory_xact_lock(${ENDPOINTS_LOCK_CLASS}, $1::int)`;

export const INSERT_ENDPOINT = `
  insert into endpoints
    (org_key, endpoint_id, kind, url, events, description, sealed_secret, decision_sequence, created_at)
  select org_key, $2::uuid, 'endpoint', $3, $4::text[], $5, $6, decision_sequence, ${NOW}
  from orgs
  where org_key = $1::int and $7::int > (
    select count(*) from endpoints where org_key = $1::int and kind = 'endpoint' and deleted_at is null
  )
  on conflict (org_key, endpoint_id) do nothing`;

/**
 * Creates the endpoint, and its org if it does not exist yet. If the id exists, nothing changes and the existing
 * endpoint is returned. `too-many` if the org has {@link ENDPOINTS_PER_ORG_MAX}; then nothing is created.
 */
export async function createEndpoint(
  db: Database,
  endpoint: NewEndpoint,
): Promise<{ kind: 'created'; endpoint: EndpointRecord } | { kind: 'too-many' }> {
  const { orgId, endpointId, url, events, description, sealedSecret } = endpoint;
  const orgKey = await ensureOrg(db, orgId);
  const facts = [url, toArrayLiteral(events), description, sealedSecret];
  const [, , [made]] = await transactTogether<[object, object, EndpointRecord]>(db, [
    // A separate statement, so that the count sees the endpoints of the previous holder of the lock.
    { name: 'lock-endpoints', text: LOCK_ENDPOINTS, values: [orgKey] },
    {
      name: 'insert-endpoint',
      text: INSERT_ENDPOINT,
      values: [orgKey, endpointId, ...facts, ENDPOINTS_PER_ORG_MAX],
    },
    { name: 'find-endpoint', text: FIND_ENDPOINT, values: [orgId, endpointId] },
  ]);
  return made === undefined ? { kind: 'too-many' } : { kind: 'created', endpoint: made };
}

// Looked up first and created only if missing: `on conflict do nothing` consumes a value of the identity column
// even if it inserts nothing.
async function ensureOrg(db: Database, orgId: string): Promise<number> {
  return failing(async () => {
    const find = async () => (await run<{ org_key: number }>(db.pool, FIND_ORG, [orgId]))[0]?.org_key;
    const known = await find();
    if (known !== undefined) return known;
    await run(db.pool, MAKE_ORG, [orgId]);
    const made = await find();
    if (made === undefined) throw new TypeError(`org "${orgId}" was created but is not found`);
    return made;
  });
}

const FIND_CALLBACKS = `
  select k.org_key
  from unnest($1::int[], $2::uuid[]) as k(org_key, endpoint_id)
  cross join lateral (
    select 1 from endpoints where org_key = k.org_key and endpoint_id = k.endpoint_id limit 1
  ) e`;

// Sorted, so that two callers that create the same endpoints cannot deadlock.
const INSERT_CALLBACKS = `
  insert into endpoints
    (org_key, endpoint_id, kind, events, description, sealed_secret, decision_sequence, created_at)
  select org_key, endpoint_id, 'callbacks', '{}', '', sealed_secret, 0, ${NOW}
  from unnest($1::int[], $2::uuid[], $3::text[]) as k(org_key, endpoint_id, sealed_secret)
  order by org_key
  on conflict (org_key, endpoint_id) do nothing`;

/** An org that needs the endpoint for its callbacks. */
export interface CallbacksOwner {
  readonly org_key: number;
  readonly orgId: string;
}

/** Creates the missing callback endpoints of these orgs, each with its own secret. */
export async function ensureCallbacksIn(
  session: Session,
  owners: readonly CallbacksOwner[],
  sealedSecret: () => string,
): Promise<void> {
  const wanted = owners.map(({ org_key, orgId }) => ({
    org_key,
    endpoint_id: callbacksEndpointIdOf(orgId),
  }));
  const known = await run<{ org_key: number }>(
    session,
    FIND_CALLBACKS,
    toArrays(wanted, 'org_key', 'endpoint_id'),
  );
  const there = new Set(known.map(({ org_key }) => org_key));
  const missing = wanted.filter(({ org_key }) => !there.has(org_key));
  if (missing.length === 0) return;
  // A secret that was read and written down must be valid after any crash, so this commit is durable.
  await run(session, WAIT_FOR_DISK, []);
  const rows = missing.map((row) => ({ ...row, sealed_secret: sealedSecret() }));
  await run(session, INSERT_CALLBACKS, toArrays(rows, 'org_key', 'endpoint_id', 'sealed_secret'));
}

/** Returns the org's built-in endpoint for callbacks. The first call creates it; later calls do not change it. */
export async function ensureCallbacksEndpoint(
  db: Database,
  { orgId, sealedSecret }: { orgId: string; sealedSecret: string },
): Promise<EndpointRecord> {
  const orgKey = await ensureOrg(db, orgId);
  return transact(db, async (session) => {
    await ensureCallbacksIn(session, [{ org_key: orgKey, orgId }], () => sealedSecret);
    const endpoint = await findEndpointIn(session, { orgId, endpointId: callbacksEndpointIdOf(orgId) });
    if (endpoint === undefined)
      throw new TypeError(`the callback endpoint of org "${orgId}" was created but is not found`);
    return endpoint;
  });
}
