// Endpoints come into being: registered by an org, or built in for its callbacks. An endpoint is told of what is
// decided after it was made, so its cursor starts at the org's last decision.

import type { Database } from '../database.ts';
import { toArrayLiteral } from '../decider/array-literal.ts';
import { failing } from '../failure.ts';
import { callbacksEndpointIdOf } from './delivery-ids.ts';
import type { EndpointName, EndpointRecord } from './endpoint-record.ts';
import { FIND_ENDPOINT, findEndpointIn } from './endpoints.ts';
import { NOW, run, toArrays, transact, transactTogether, WAIT_FOR_DISK, type Session } from './run.ts';

/** How many endpoints an org may have: each multiplies what has to be told. */
export const ENDPOINTS_PER_ORG_MAX = 50;

export interface NewEndpoint extends EndpointName {
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly sealedSecret: string;
}

/** First half of the advisory lock's key ("ENDP"): not the org's own lock, which deciding waits for. */
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
 * Makes the endpoint, and its org when nobody heard of that yet. Given the same id again it changes nothing and
 * gives what is there. `too-many` when the org has {@link ENDPOINTS_PER_ORG_MAX}, and then nothing was made.
 */
export async function createEndpoint(
  db: Database,
  endpoint: NewEndpoint,
): Promise<{ kind: 'created'; endpoint: EndpointRecord } | { kind: 'too-many' }> {
  const { orgId, endpointId, url, events, description, sealedSecret } = endpoint;
  const orgKey = await ensureOrg(db, orgId);
  const facts = [url, toArrayLiteral(events), description, sealedSecret];
  const [, , [made]] = await transactTogether<[object, object, EndpointRecord]>(db, [
    // In a statement of its own, so that the count sees whoever held it before.
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

// Found first and made only when missing: `on conflict do nothing` uses up a number of the identity even where
// it does nothing.
async function ensureOrg(db: Database, orgId: string): Promise<number> {
  return failing(async () => {
    const find = async () => (await run<{ org_key: number }>(db.pool, FIND_ORG, [orgId]))[0]?.org_key;
    const known = await find();
    if (known !== undefined) return known;
    await run(db.pool, MAKE_ORG, [orgId]);
    const made = await find();
    if (made === undefined) throw new TypeError(`org "${orgId}" was made and is not there`);
    return made;
  });
}

const FIND_CALLBACKS = `
  select k.org_key
  from unnest($1::int[], $2::uuid[]) as k(org_key, endpoint_id)
  cross join lateral (
    select 1 from endpoints where org_key = k.org_key and endpoint_id = k.endpoint_id limit 1
  ) e`;

// In order, so that two callers that make the same endpoints wait for each other only one way.
const INSERT_CALLBACKS = `
  insert into endpoints
    (org_key, endpoint_id, kind, events, description, sealed_secret, decision_sequence, created_at)
  select org_key, endpoint_id, 'callbacks', '{}', '', sealed_secret, 0, ${NOW}
  from unnest($1::int[], $2::uuid[], $3::text[]) as k(org_key, endpoint_id, sealed_secret)
  order by org_key
  on conflict (org_key, endpoint_id) do nothing`;

/** An org that needs the endpoint of its callbacks. */
export interface CallbacksOwner {
  readonly org_key: number;
  readonly orgId: string;
}

/** Makes the missing ones of these orgs' endpoints for callbacks, each with a secret of its own. */
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
  // Whoever reads a secret and writes it down must find it valid after any crash.
  await run(session, WAIT_FOR_DISK, []);
  const rows = missing.map((row) => ({ ...row, sealed_secret: sealedSecret() }));
  await run(session, INSERT_CALLBACKS, toArrays(rows, 'org_key', 'endpoint_id', 'sealed_secret'));
}

/** The org's built-in endpoint for callbacks. Made by the first call; later ones give it as it is. */
export async function ensureCallbacksEndpoint(
  db: Database,
  { orgId, sealedSecret }: { orgId: string; sealedSecret: string },
): Promise<EndpointRecord> {
  const orgKey = await ensureOrg(db, orgId);
  return transact(db, async (session) => {
    await ensureCallbacksIn(session, [{ org_key: orgKey, orgId }], () => sealedSecret);
    const endpoint = await findEndpointIn(session, { orgId, endpointId: callbacksEndpointIdOf(orgId) });
    if (endpoint === undefined)
      throw new TypeError(`the callbacks of "${orgId}" were made and are not there`);
    return endpoint;
  });
}
