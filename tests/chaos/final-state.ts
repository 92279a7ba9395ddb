// What the stores hold in the end, read past the API: the rows, and what should not be left over.

import { Redis } from 'ioredis';
import pg from 'pg';
import type { Cluster } from './cluster.ts';
import { factsOf, stepOf } from './oracle.ts';
import type { Instant } from '@slotline/core';

export interface FinalState {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly live: ReadonlyMap<string, string>;
  /** The decisions of each org in the order of their sequence, as `oracle.ts` words them. */
  readonly order: ReadonlyMap<string, readonly string[]>;
  /** Breaches of what must hold in every committed state, in words; none is the only good answer. */
  readonly violations: readonly string[];
  /** Mailboxes that still hold something. */
  readonly mailboxes: readonly string[];
}

const LIVE = `
  select o.org_id, a.appointment_id, r.resource_id, a.version,
    (extract(epoch from a.starts_at) * 1000)::bigint::text as start,
    (extract(epoch from a.ends_at) * 1000)::bigint::text as end
  from appointments a join orgs o using (org_key) join resources r using (resource_key)
  where a.status in ('booked', 'held')`;

// Each query lists breaches: rows it returns must not exist. Without `limit`: hoping for the first few, the planner
// would look for them row by row, and there being none took it minutes.
const BREACHES: Readonly<Record<string, string>> = {
  'live appointments of one resource overlap': `
    select a.appointment_id from appointments a join appointments b
      on a.resource_key = b.resource_key and a.appointment_id < b.appointment_id
      and a.starts_at < b.ends_at and b.starts_at < a.ends_at
    where a.status in ('booked', 'held') and b.status in ('booked', 'held')`,
  'versions have a gap': `
    select appointment_id from appointment_versions group by org_key, appointment_id
    having max(version) <> count(*) or min(version) <> 1`,
  'the current row is not the last version': `
    select a.appointment_id from appointments a
    left join appointment_versions v using (org_key, appointment_id, version)
    where v.version is null or v.starts_at <> a.starts_at or v.status <> a.status
      or v.held_until is distinct from a.held_until
      or exists (select from appointment_versions n where n.org_key = a.org_key
        and n.appointment_id = a.appointment_id and n.version > a.version)`,
  'updatedAt goes back': `
    select v.appointment_id from appointment_versions v join appointment_versions p
      on p.org_key = v.org_key and p.appointment_id = v.appointment_id and p.version = v.version - 1
    where v.updated_at < p.updated_at
      or (v.updated_at = p.updated_at and (p.status <> 'held' or v.status not in ('booked', 'expired')))`,
  'decision or change sequences have a gap': `
    select org_id from orgs o where decision_sequence <> (select count(*) from requests r where r.org_key = o.org_key)
      or change_sequence <> (select count(*) from appointment_versions v where v.org_key = o.org_key)`,
  'a version and the outcome of its request disagree': `
    select v.appointment_id from appointment_versions v left join requests r using (request_id, org_key)
    where case r.outcome
      when 'applied' then not exists (
        select from json_array_elements(r.outcome_detail) one
        where one ->> 'appointmentId' = v.appointment_id and one ->> 'version' = v.version::text)
      else r.version is distinct from v.version
        or r.outcome not in ('created', 'updated', 'cancelled', 'confirmed', 'expired')
    end is not false`,
  'an outcome that changes something has not its versions': `
    select r.request_id from requests r left join appointment_versions v using (request_id, org_key)
    where r.outcome in ('created', 'updated', 'cancelled', 'confirmed', 'expired', 'applied')
    group by r.request_id, r.org_key having count(v.version) <> case r.outcome
      when 'applied' then json_array_length(r.outcome_detail) else 1 end`,
};

export async function readFinalState(cluster: Cluster): Promise<FinalState> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  try {
    return {
      outcomes: await countOutcomes(client),
      live: await readLive(client),
      order: await readOrder(client),
      violations: await findViolations(client),
      mailboxes: await listMailboxes(cluster.redisUrl),
    };
  } finally {
    await client.end();
  }
}

async function countOutcomes(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ outcome: string; count: string }>(
    'select outcome, count(*) from requests group by 1',
  );
  return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, Number(count)]));
}

async function readLive(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<
    Record<'org_id' | 'appointment_id' | 'resource_id' | 'start' | 'end', string> & { version: number }
  >(LIVE);
  return new Map(
    rows.map((row) => [
      `${row.org_id}/${row.appointment_id}`,
      factsOf({
        resourceId: row.resource_id,
        start: Number(row.start) as Instant,
        end: Number(row.end) as Instant,
        version: row.version,
      }),
    ]),
  );
}

async function readOrder(client: pg.Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query<Record<'org_id' | 'operation' | 'appointment_id' | 'outcome', string>>(
    'select org_id, operation, appointment_id, outcome from requests join orgs using (org_key) order by org_key, requests.decision_sequence',
  );
  const order = new Map<string, string[]>();
  for (const { org_id: orgId, operation, appointment_id: id, outcome } of rows) {
    const steps = order.get(orgId) ?? [];
    if (steps.push(stepOf(operation, id, outcome)) === 1) order.set(orgId, steps);
  }
  return order;
}

async function findViolations(client: pg.Client): Promise<string[]> {
  // So that the planner knows the tables' sizes and joins all rows with all rows by hashing.
  await client.query('analyze');
  const found: string[] = [];
  for (const [words, query] of Object.entries(BREACHES)) {
    const { rows } = await client.query<Record<string, unknown>>(query);
    if (rows.length > 0) found.push(`${words}: ${JSON.stringify(rows.slice(0, 5))}`);
  }
  return found;
}

async function listMailboxes(redisUrl: string): Promise<string[]> {
  const redis = new Redis(redisUrl);
  try {
    return await redis.keys('*:mailbox:*');
  } finally {
    redis.disconnect();
  }
}
