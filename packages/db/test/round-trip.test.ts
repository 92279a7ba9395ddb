import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';

import { sendTogether } from '../src/sql/round-trip.ts';
import { BEGIN, COMMIT, type Statement } from '../src/sql/statement.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let client: pg.Client;
beforeAll(async () => {
  it = await setUpDecider();
  await it.raw.query('create table marks (mark int primary key)');
});
beforeEach(async () => {
  await it.raw.query('truncate marks');
  client = await it.connect();
});
afterAll(() => it.close());

const mark = (value: number | string): Statement => ({
  name: 'mark',
  text: 'insert into marks values ($1::int)',
  values: [value],
});
const SHOUT: Statement = {
  name: 'shout',
  text: "select 'a' as text, 2::bigint as many, null as none",
  values: [],
};

async function marks(): Promise<readonly number[]> {
  return (await it.rows<{ mark: number }>('select mark from marks order by mark')).map((row) => row.mark);
}

test('every statement gets its own rows and command tag, both the first time and once it is prepared', async () => {
  for (const value of [1, 2]) {
    const answers = await sendTogether(client, [BEGIN, SHOUT, mark(value), SHOUT, COMMIT]);
    const shouted = { command: 'SELECT 1', rows: [{ text: 'a', many: '2', none: null }] };
    expect(answers).toEqual([
      { command: 'BEGIN', rows: [] },
      shouted,
      { command: 'INSERT 0 1', rows: [] },
      shouted,
      { command: 'COMMIT', rows: [] },
    ]);
  }
  expect(await marks()).toEqual([1, 2]);
});

test('after a failure no later statement runs, COMMIT included, and the connection stays usable', async () => {
  const failing = [BEGIN, mark(1), mark(1), mark(2), COMMIT];
  await expect(sendTogether(client, failing)).rejects.toMatchObject({ code: '23505' });
  expect(client.getTransactionStatus()).toBe('E');
  await client.query('rollback');
  expect(await marks()).toEqual([]);
  await sendTogether(client, [BEGIN, mark(3), SHOUT, COMMIT]);
  expect(await marks()).toEqual([3]);
});

test.each([
  ['that cannot be parsed', { name: 'mark', text: 'insert into nowhere values (1)', values: [] }, '42P01'],
  ['with a value that cannot be parsed', mark('one'), '22P02'],
])('a statement %s fails, and a later round trip prepares it again', async (_, statement, code) => {
  await expect(sendTogether(client, [BEGIN, SHOUT, statement, COMMIT])).rejects.toMatchObject({ code });
  await client.query('rollback');
  await sendTogether(client, [BEGIN, SHOUT, mark(4), COMMIT]);
  expect(await marks()).toEqual([4]);
});

test('statements are not committed if building a later one throws', async () => {
  const made = function* () {
    yield BEGIN;
    yield mark(5);
    if (client.getTransactionStatus() === 'I') throw new TypeError('no further statement');
    yield COMMIT;
  };
  await expect(sendTogether(client, made())).rejects.toThrow('no further statement');
  expect(client.getTransactionStatus()).toBe('T');
  await client.query('rollback');
  expect(await marks()).toEqual([]);
});

test('a round trip rejects when its connection ends', async () => {
  client.on('error', () => {});
  const sleep = { name: 'sleep', text: 'select pg_sleep(60)', values: [] };
  const told = sendTogether(client, [BEGIN, sleep, COMMIT]).catch((cause: unknown) => cause);
  const sleeping = "from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
  while ((await it.rows(`select ${sleeping}`)).length === 0);
  await it.raw.query(`select pg_terminate_backend(pid) ${sleeping}`);
  expect(await told).toMatchObject({ code: '57P01' });
  await expect(sendTogether(client, [SHOUT])).rejects.toThrow('not queryable');
});

test('large and small statements can be sent together', async () => {
  const echo = (text: string): Statement => ({
    name: 'echo',
    text: 'select length($1::text) as n',
    values: [text],
  });
  const texts = ['', 'x'.repeat(100_000), 'y', 'z'.repeat(3_000_000), 'ä'];
  const answers = await sendTogether(client, [BEGIN, ...texts.map(echo), COMMIT]);
  expect(answers.flatMap(({ rows }) => rows)).toEqual(texts.map(({ length }) => ({ n: length })));
});
