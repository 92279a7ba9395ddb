// Reads everything that PostgreSQL and Redis hold, without the service: every mark in any value, and every request that
// was decided or waits.

import { Redis } from 'ioredis';
import pg from 'pg';
import { CANARY, CANARY_POSIX } from '../generate/room.ts';

// Not those of deliveries: receivers that cannot be reached are tried again for a day.
const DECIDING_MAILBOXES = '{slotline:*}:mailbox:*';

export interface Stores {
  /** Every mark in any column of any table. */
  readTableMarks(): Promise<ReadonlySet<string>>;
  /** Every mark in any key or value of Redis. */
  readRedisMarks(): Promise<ReadonlySet<string>>;
  /** Decided requests of clients, without those that the service creates. */
  readDecided(): Promise<ReadonlyMap<string, string>>;
  /** Mailboxes that still hold something. */
  listMailboxes(): Promise<readonly string[]>;
  countOutcomes(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export async function openStores({
  databaseUrl,
  redisUrl,
}: {
  databaseUrl: string;
  redisUrl: string;
}): Promise<Stores> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  const redis = new Redis(redisUrl);
  return {
    readTableMarks: () => readTableMarks(db),
    readRedisMarks: () => readRedisMarks(redis),
    readDecided: async () => {
      const { rows } = await db.query<{ id: string; mark: string }>(
        `select request_id as id, case when operation <> 'batch' then appointment_id else coalesce(
           (select string_agg(one ->> 'appointmentId', ' ') from json_array_elements(outcome_detail) one), '')
         end as mark
         from requests where operation <> 'expire'`,
      );
      return new Map(rows.map(({ id, mark }) => [id, mark]));
    },
    listMailboxes: async () => {
      const found: string[] = [];
      for await (const keys of redis.scanStream({ match: DECIDING_MAILBOXES, count: 1_000 }))
        found.push(...(keys as string[]));
      return found;
    },
    countOutcomes: async () => {
      const { rows } = await db.query<{ outcome: string; count: string }>(
        'select outcome, count(*) from requests group by outcome order by outcome',
      );
      return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, Number(count)]));
    },
    close: async () => {
      redis.disconnect();
      await db.end();
    },
  };
}

async function readTableMarks(db: pg.Client): Promise<Set<string>> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
  );
  const found = new Set<string>();
  for (const { name } of tables) {
    const { rows } = await db.query<{ mark: string }>(
      `select distinct (regexp_matches(t::text, $1, 'g'))[1] as mark from ${name} t`,
      [`(${CANARY_POSIX})`],
    );
    for (const { mark } of rows) found.add(mark);
  }
  return found;
}

async function readRedisMarks(redis: Redis): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const batch of redis.scanStream({ count: 1_000 })) {
    const keys = batch as string[];
    const types = await pipeline(redis, keys, 'type');
    const values = await Promise.all(keys.map((key, at) => readValue(redis, key, String(types[at]))));
    for (const text of [...keys, ...values]) for (const [mark] of text.matchAll(CANARY)) found.add(mark);
  }
  return found;
}

async function pipeline(redis: Redis, keys: readonly string[], command: string): Promise<unknown[]> {
  const answers = await redis.pipeline(keys.map((key) => [command, key])).exec();
  return (answers ?? []).map(([, value]) => value);
}

/** The value as text that keeps ASCII: packed records are no UTF-8. Gone in the meantime is empty. */
async function readValue(redis: Redis, key: string, type: string): Promise<string> {
  switch (type) {
    case 'string':
      return (await redis.getBuffer(key))?.toString('latin1') ?? '';
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'zset':
      return (await redis.zrange(key, '0', '-1')).join('\n');
    case 'set':
      return (await redis.smembers(key)).join('\n');
    case 'list':
      return (await redis.lrange(key, 0, -1)).join('\n');
    case 'none':
      return '';
    default:
      throw new Error(`a key of the type ${type} is not read: ${key}`);
  }
}
