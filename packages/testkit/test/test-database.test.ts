import { expect, test } from '@jest/globals';
import { createTestDatabase } from '@slotline/testkit';
import { Client } from 'pg';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('two test databases share nothing', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.url, 'create table only_here ()');
  expect(await query(two.url, "select to_regclass('only_here') as found")).toEqual([{ found: null }]);
  await Promise.all([one.drop(), two.drop()]);
});

test('a dropped database is gone even while a connection is open', async () => {
  const { url, drop } = await createTestDatabase();
  const client = new Client({ connectionString: url });
  client.on('error', () => {}); // the drop cuts it
  await client.connect();
  await drop();
  await expect(query(url, 'select 1')).rejects.toThrow(/does not exist/);
  await client.end();
});
