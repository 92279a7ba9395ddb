// Everything around booking: health, OpenAPI documents that match the routes, waiting, stopping.

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { adminOpenApiDocument, openApiDocument } from '@slotline/contract';
import { startSystem, type System } from '@slotline/testkit';
import { Client } from 'pg';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
});

describe('health', () => {
  it('/healthz answers while the process does', async () => {
    expect((await request(system.url).get('/healthz')).body).toEqual({ status: 'ok' });
  });

  it('/readyz of the public port shows the status only', async () => {
    const answer = await request(system.url).get('/readyz');
    expect([answer.status, answer.body]).toEqual([200, { status: 'ready' }]);
  });

  it('/readyz of the admin port shows every part and which durability Redis gives', async () => {
    const answer = await request(system.adminUrl).get('/readyz');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'ready',
      redis: 'up',
      postgres: 'up',
      migrations: 'current',
      durability: { isDurable: true, appendfsync: 'always' },
    });
  });

  it('/readyz checks the stores at most once a second, however often both ports are called', async () => {
    const query = jest.spyOn(Client.prototype, 'query');
    const startedAt = performance.now();
    const asked = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? system.url : system.adminUrl));
    const answers = await Promise.all(asked.map((url) => request(url).get('/readyz')));
    const seconds = Math.ceil((performance.now() - startedAt) / 1_000);
    const pings = query.mock.calls.filter(([text]) => (text as unknown) === 'select 1');
    query.mockRestore();
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    // One check may have begun before the first second ended.
    expect(pings.length).toBeLessThanOrEqual(seconds + 1);
  });

  it('/metrics speaks Prometheus, on the admin port alone', async () => {
    await request(system.url).post('/api/appointments').send(BOOKING);
    const answer = await request(system.adminUrl).get('/metrics');
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.text).toMatch(/slotline_accepted_total\{operation="book",app="api"\} [1-9]/);
    expect(answer.text).toContain('slotline_oldest_entry_age_seconds');
    expect((await request(system.url).get('/metrics')).status).toBe(404);
  });
});

const PORTS = [
  { port: 'public', urlOf: () => system.url, document: openApiDocument },
  { port: 'admin', urlOf: () => system.adminUrl, document: adminOpenApiDocument },
];

describe('the OpenAPI document', () => {
  it.each(PORTS)('of the $port port is served as it is generated', async ({ urlOf, document }) => {
    const answer = await request(urlOf()).get('/api/openapi.json');
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(document())));
    expect(answer.body.openapi).toBe('3.1.0');
  });

  it.each(PORTS)(
    'of the $port port names every route that answers, and every route it names answers',
    async ({ urlOf, document }) => {
      const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
      for (const [path, operations] of Object.entries(document().paths ?? {})) {
        const concrete = path
          .replace('{requestId}', '0199d4b0-0000-7000-8000-000000000000')
          .replaceAll(/\{\w+\}/g, 'nobody');
        for (const method of methods) {
          // Only the head is read: the body of a stream does not end.
          const { status, body } = await fetch(urlOf() + concrete, {
            method: method.toUpperCase(),
            redirect: 'manual',
          });
          await body?.cancel();
          const isDocumented = method in (operations ?? {});
          // An appointment may have the id "batch", so its reads are served at the path of the batch route too.
          const isNamedBatch = path.endsWith('/batch') && (method === 'get' || method === 'delete');
          expect([path, method, status !== 405]).toEqual([path, method, isDocumented || isNamedBatch]);
        }
      }
    },
  );

  it('is shown on a page that loads no files of other origins', async () => {
    const page = await request(system.url).get('/api/docs');
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).not.toMatch(/https?:\/\//);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => `/api/${path}`);
    expect(assets).toHaveLength(4);
    for (const asset of assets) expect((await request(system.url).get(asset)).status).toBe(200);
  });
});

describe('waiting', () => {
  it('answers 202 with Preference-Applied when the time is over', async () => {
    const idle = await startSystem({ workers: 0 });
    try {
      const answer = await request(idle.url).post('/api/appointments').set('Prefer', 'wait=1').send(BOOKING);
      expect([answer.status, answer.headers['preference-applied']]).toEqual([202, 'wait=1']);
      const read = await request(idle.url).get(`/api/requests/${answer.body.requestId}?wait=1`);
      expect([read.status, read.body.status, read.headers['retry-after']]).toEqual([200, 'queued', '1']);
      const second = await request(idle.url)
        .post('/api/appointments')
        .send({ ...BOOKING, id: '43' });
      expect(second.body.place).toBe(2);
    } finally {
      await idle.close();
    }
  });

  it('ends with 202 when the API stops, and the request is still decided', async () => {
    const stopping = await startSystem({ workers: 0 });
    try {
      const answer = request(stopping.url).post('/api/appointments').set('Prefer', 'wait=30').send(BOOKING);
      const waited = answer.then((result) => result);
      await untilBusy(stopping);
      const isClean = await stopping.closeApi();
      expect([isClean, (await waited).status]).toEqual([true, 202]);
    } finally {
      await stopping.close();
    }
  });
});

async function untilBusy({ adminUrl }: System): Promise<void> {
  for (;;) {
    const { body } = await request(adminUrl).get('/readyz');
    if (body.oldestEntryAgeMs > 0) return;
  }
}
