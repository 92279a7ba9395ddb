// Reads what the stores count: commands and memory of Redis, statements and WAL of PostgreSQL. No other process may use
// the stores at the same time.

import { Client } from 'pg';

import { commandCountsOf } from '../stage/redis-figures.ts';
import type { Stage } from '../stage/stage.ts';
import type { Slotline } from '../systems/start-slotline.ts';

/** Of the server: PostgreSQL counts statements, and writes nothing into its log by the clock. */
export const COUNTING_SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  autovacuum: 'off',
  checkpoint_timeout: '1h',
};

/** By what is counted. */
export type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

/**
 * Redis's commands are also those that scripts carry out; its scripts are round trips, most of them a write to disk; WAL is
 * PostgreSQL's log of all that it writes.
 */
const COUNTED = ['Redis commands', 'Redis scripts', 'SQL statements', 'WAL bytes'] as const;

/** Of the measuring itself, and what connections say when they are made. */
const OWN_COMMANDS = new Set([
  'info',
  'ping',
  'hello',
  'auth',
  'select',
  'config|get',
  'client|setname',
  'client|setinfo',
]);
const SCRIPT_COMMANDS = new Set(['eval', 'evalsha']);

// Leaves out the statements that poll PostgreSQL for progress.
const SQL = `
  select coalesce((
    select sum(calls) from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database()) and query not like '%pg_stat_statements%' and query not like '%sum(decision_sequence)%'
  ), 0)::float8 as statements,
  pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal`;

/** How much `work` adds to each count. */
export async function countDuring(
  { databaseUrl }: Slotline,
  { stores }: Stage,
  work: () => Promise<void>,
): Promise<Counts> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('create extension if not exists pg_stat_statements');
    const before = await read(client, stores.redisUrl);
    await work();
    const after = await read(client, stores.redisUrl);
    return toCounts(COUNTED.map((what) => after[what] - before[what]));
  } finally {
    await client.end();
  }
}

async function read(client: Client, redisUrl: string): Promise<Counts> {
  const commands = [...(await commandCountsOf(redisUrl))].filter(([name]) => !OWN_COMMANDS.has(name));
  const sum = (counted: typeof commands) => counted.reduce((total, [, calls]) => total + calls, 0);
  const scripts = commands.filter(([name]) => SCRIPT_COMMANDS.has(name));
  const { rows } = await client.query<{ statements: number; wal: number }>(SQL);
  return toCounts([sum(commands), sum(scripts), rows[0]?.statements ?? 0, rows[0]?.wal ?? 0]);
}

/** In the order in which they are named. */
function toCounts(values: readonly number[]): Counts {
  return Object.fromEntries(COUNTED.map((what, at) => [what, values[at] ?? 0])) as Counts;
}
