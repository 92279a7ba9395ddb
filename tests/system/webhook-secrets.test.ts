// Webhook secrets are encrypted in the database and appear in no log line of any process.

import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { openApi, readApiConfig } from '@slotline/api';
import { createLogger } from '@slotline/runtime';
import { createTestDatabase, startReceiver, testRedis } from '@slotline/testkit';
import { openWorker, readWorkerConfig } from '@slotline/worker';
import { Client } from 'pg';
import request from 'supertest';

it('a secret lies sealed in the database and is in no log line of API or worker', async () => {
  const database = await createTestDatabase();
  const redis = testRedis();
  const receiver = await startReceiver({ faultOf: () => 'error' });
  let log = '';
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => done(void (log += chunk)),
  });
  const environment = {
    DATABASE_URL: database.applicationUrl,
    REDIS_URL: redis.url,
    QUEUE_NAME: redis.name,
    PORT: '0',
    ADMIN_PORT: '0',
    WEBHOOK_ALLOW_PRIVATE: 'true',
    WEBHOOK_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
  const logger = createLogger({ app: 'test', level: 'trace', destination });
  const own = await openApi(readApiConfig(environment), { logger });
  const worker = await openWorker(readWorkerConfig(environment), { logger });
  const made = await request(own.address)
    .post('/api/webhooks')
    .send({ url: `${receiver.url}/x` });
  const path = `/api/webhooks/${made.body.id}`;
  const rotated = await request(own.address).post(`${path}/rotate-secret`);
  await request(own.address).post(`${path}/ping`);
  await receiver.until(({ length }) => length === 1);
  await Promise.all([own.close(), worker.close()]);
  await receiver.close();

  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  const { rows } = await sql.query('select endpoints::text as row from endpoints');
  await sql.end();
  await database.drop();
  expect(log).toContain('"level"');
  expect(log).not.toContain('WEBHOOK_SECRETS_KEY is unset');
  for (const { secret } of [made.body, rotated.body]) {
    const kept = JSON.stringify(rows) + log;
    expect(kept).not.toContain(secret.slice('whsec_'.length, -1));
  }
});
