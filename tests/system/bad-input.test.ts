// Hostile and mistaken input over HTTP: a clear problem that names every bad field, and nothing enqueued.

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

let system: System;
let queue: OrgQueue<unknown, unknown>;
beforeAll(async () => {
  // Without a worker every enqueued request stays in its mailbox and can be counted.
  system = await startSystem({ workers: 0 });
  queue = await openOrgQueue({ redisUrl: system.redisUrl, name: system.queueName });
});
afterAll(async () => {
  await queue.close();
  await system.close();
});
afterEach(async () => {
  expect(await queue.listOrgs(10)).toEqual([]);
});

const JSON_TYPE = { 'Content-Type': 'application/json' };

function send(
  body: string | object,
  headers: Record<string, string> = JSON_TYPE,
  path = '/api/appointments',
) {
  return request(system.url).post(path).set(headers).send(body);
}

function errorsOf(answer: { body: { errors?: { pointer: string; code: string }[] } }): string[] {
  return (answer.body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('a refused booking', () => {
  it.each<[string, object, string[]]>([
    ['an unknown field', { ...BOOKING, colour: 'red' }, ['/colour unknown-field']],
    ['30 February', { ...BOOKING, start: '2030-02-30 10:00' }, ['/start invalid-timestamp']],
    ['an end before the start', { ...BOOKING, end: '2030-10-10 20:19' }, ['/end end-not-after-start']],
    ['an empty interval', { ...BOOKING, end: BOOKING.start }, ['/end end-not-after-start']],
    ['U+0000', { ...BOOKING, id: 'a\u0000b' }, ['/id not-storable-text']],
    ['U+0000 in metadata', { ...BOOKING, metadata: { a: ['\u0000'] } }, ['/metadata not-storable-json']],
    ['a missing field', { ...BOOKING, updatedAt: undefined }, ['/updatedAt required']],
    ['a number for a time', { ...BOOKING, createdAt: 7 }, ['/createdAt wrong-type']],
    ['an id of 0', { ...BOOKING, id: 0 }, ['/id too-small']],
    ['an unsafe integer id', { ...BOOKING, id: 2 ** 53 }, ['/id too-large']],
    ['an id that is an object', { ...BOOKING, id: {} }, ['/id wrong-type']],
    ['a long id', { ...BOOKING, id: 'x'.repeat(201) }, ['/id too-long']],
    ['an empty org', { ...BOOKING, orgId: '' }, ['/orgId too-short']],
    ['metadata over 4 kB', { ...BOOKING, metadata: { a: 'x'.repeat(4_096) } }, ['/metadata too-large']],
    ['a callback to a file', { ...BOOKING, callbackUrl: 'file:///etc/passwd' }, ['/callbackUrl invalid-url']],
    ['a hold of 4 seconds', { ...BOOKING, holdSeconds: 4 }, ['/holdSeconds too-small']],
    ['a hold of over an hour', { ...BOOKING, holdSeconds: 3_601 }, ['/holdSeconds too-large']],
    ['a hold of half a second', { ...BOOKING, holdSeconds: 60.5 }, ['/holdSeconds wrong-type']],
    ['a hold of a text', { ...BOOKING, holdSeconds: '60' }, ['/holdSeconds wrong-type']],
    ['the end of a hold', { ...BOOKING, heldUntil: BOOKING.end }, ['/heldUntil unknown-field']],
    ['an array', [BOOKING], [' wrong-type']],
    [
      'everything at once',
      { id: '', start: 'x', end: true, createdAt: null, orgId: 5, evil: 1 },
      [
        '/id too-short',
        '/start invalid-timestamp',
        '/end wrong-type',
        '/createdAt wrong-type',
        '/updatedAt required',
        '/orgId wrong-type',
        '/evil unknown-field',
      ],
    ],
    [
      'an inverted interval beside other faults',
      { ...BOOKING, end: '2030-10-10 20:00', colour: 1 },
      ['/colour unknown-field', '/end end-not-after-start'],
    ],
  ])('with %s is a 400 that names every bad field', async (_what, body, errors) => {
    const answer = await send(body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'urn:slotline:problem:invalid-request', status: 400 });
    expect(answer.body.instance).toMatch(/^[0-9a-f]{32}$/);
    expect(errorsOf(answer)).toEqual(errors);
  });

  it.each<[string, string, number, string]>([
    ['cut-off JSON', '{"id": 1', 400, 'malformed-json'],
    [
      'a lone surrogate escape',
      JSON.stringify({ ...BOOKING, id: 'x' }).replace('"x"', '"\\ud800"'),
      400,
      'invalid-request',
    ],
    [
      'infinity in metadata',
      JSON.stringify({ ...BOOKING, metadata: {} }).replace('{}', '{"a":1e999}'),
      400,
      'invalid-request',
    ],
    [
      'a __proto__ member',
      JSON.stringify(BOOKING).replace('{', '{"__proto__":{"orgId":"x"},'),
      400,
      'invalid-request',
    ],
    [
      'metadata 10,000 levels deep',
      JSON.stringify({ ...BOOKING, metadata: {} }).replace(
        '{}',
        `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      ),
      400,
      'invalid-request',
    ],
    ['70 kB', JSON.stringify({ ...BOOKING, metadata: { a: 'x'.repeat(70_000) } }), 413, 'body-too-large'],
    ['nothing', '', 400, 'malformed-json'],
  ])('with a body of %s is %i', async (_what, body, status, code) => {
    const answer = await send(body);
    expect([answer.status, answer.body.type]).toEqual([status, `urn:slotline:problem:${code}`]);
  });

  it('with invalid UTF-8 is a 400', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...BOOKING, id: 'ÿ' }), 'latin1');
    const answer = await request(system.url)
      .post('/api/appointments')
      .set(JSON_TYPE)
      .serialize((body) => body as never)
      .send(bytes as never);
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:slotline:problem:malformed-json']);
  });

  it('with another content type or a compressed body is a 415 that says what to send', async () => {
    const form = await send('id=42', { 'Content-Type': 'application/x-www-form-urlencoded' });
    expect([form.status, form.body.detail]).toEqual([415, expect.stringContaining('application/json')]);
    const compressed = await send('{}', { ...JSON_TYPE, 'Content-Encoding': 'gzip' });
    expect(compressed.status).toBe(415);
  });

  it('with an unusable Idempotency-Key is a 400', async () => {
    const answer = await send(BOOKING, { ...JSON_TYPE, 'Idempotency-Key': 'x'.repeat(256) });
    expect([answer.status, errorsOf(answer)]).toEqual([400, ['Idempotency-Key invalid']]);
  });

  it('with bytes beyond ASCII in Idempotency-Key is a 400 that names it', async () => {
    const answer = await send(BOOKING, { ...JSON_TYPE, 'Idempotency-Key': 'k\u00ff' });
    expect([answer.status, errorsOf(answer)]).toEqual([400, ['Idempotency-Key invalid']]);
  });

  it('never echoes what was sent', async () => {
    const answer = await send('{"secret-canary": }');
    expect(JSON.stringify(answer.body)).not.toContain('secret-canary');
  });
});

describe('a refused batch', () => {
  const batch = (body: string | object, headers = JSON_TYPE) =>
    send(body, headers, '/api/appointments/batch');

  it('of no items, too many, or no array is a 400', async () => {
    const answers = await Promise.all([
      batch([]),
      batch(Array.from({ length: 1_001 }, () => ({}))),
      batch({}),
    ]);
    expect(answers.map((answer) => [answer.status, errorsOf(answer)])).toEqual([
      [400, [' out-of-range']],
      [400, [' out-of-range']],
      [400, [' wrong-type']],
    ]);
  });

  it('with only invalid items is a 400 with the problem of each', async () => {
    const answer = await batch([{ ...BOOKING, id: '' }, { op: 'cancel' }, { op: 'fly', ...BOOKING }, 7]);
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:slotline:problem:every-item-refused']);
    expect(answer.body.items.map(errorsOfItem)).toEqual([
      ['/0/id too-short'],
      ['/1/id required'],
      ['/2/op invalid'],
      ['/3 wrong-type'],
    ]);
  });

  it.each([
    ['lines', 'application/x-ndjson', 'x\n'.repeat(512 * 1_024)],
    ['blank lines', 'application/x-ndjson', '\n'.repeat(1_024 * 1_024)],
    ['numbers', 'application/json', `[${'1,'.repeat(512 * 1_024 - 2)}1]`],
  ])('of 1 MB of %s is refused by their count, and none is parsed', async (_what, type, body) => {
    const parse = jest.spyOn(JSON, 'parse');
    try {
      const answer = await fetch(`${system.url}/api/appointments/batch`, {
        method: 'POST',
        headers: { 'Content-Type': type },
        body,
      });
      expect(parse).not.toHaveBeenCalled();
      expect([answer.status, errorsOf({ body: (await answer.json()) as object })]).toEqual([
        400,
        [' out-of-range'],
      ]);
    } finally {
      parse.mockRestore();
    }
  });

  it('of 1,000 items of 150 unknown fields each has an answer of at most 64 kB, and a status for each', async () => {
    const junk = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [at.toString(36), 1]));
    const answer = await batch(Array.from({ length: 1_000 }, () => junk));
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:slotline:problem:every-item-refused']);
    expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(64 * 1_024);
    expect(answer.body.items.map(({ status }: { status: number }) => status)).toEqual(Array(1_000).fill(400));
    expect(errorsOfItem(answer.body.items[0])).toEqual(['/0 too-many-fields']);
  });

  it('with an item over 64 kB has that item refused in its place', async () => {
    const large = { ...BOOKING, metadata: { a: 'x'.repeat(64 * 1_024) } };
    const answer = await batch([large, 7]);
    expect(answer.body.items.map(errorsOfItem)).toEqual([['/0 too-large'], ['/1 wrong-type']]);
    const atomic = await send([large, 7], JSON_TYPE, '/api/appointments/batch?atomic=true');
    expect([atomic.status, errorsOf(atomic)]).toEqual([400, ['/0 too-large']]);
  });

  it('with a long name of a field is not answered with it', async () => {
    const name = 'x'.repeat(1_000);
    const answer = await batch([{ ...BOOKING, [name]: 1 }]);
    expect(answer.body.items.map(errorsOfItem)).toEqual([['/0 unknown-field']]);
    expect(answer.text).not.toContain(name);
  });

  it('over 1 MB is a 413', async () => {
    const answer = await batch(JSON.stringify([{ ...BOOKING, metadata: { a: 'x'.repeat(1_100_000) } }]));
    expect(answer.status).toBe(413);
  });

  function errorsOfItem(item: { errors: { pointer: string; code: string }[] }): string[] {
    return errorsOf({ body: item });
  }
});

describe('a refused read', () => {
  it.each([
    ['/api/appointments?limit=0', '/limit out-of-range'],
    ['/api/appointments?limit=1001', '/limit out-of-range'],
    ['/api/appointments?offset=-1', '/offset out-of-range'],
    ['/api/appointments?from=yesterday', '/from invalid-timestamp'],
    ['/api/appointments?from=2030-01-02%2010:00&to=2030-01-01%2010:00', '/to to-not-after-from'],
    ['/api/appointments?orgId=a&orgId=b', '/orgId wrong-type'],
    ['/api/appointments?org=a&orgId=b', '/org contradiction'],
    ['/api/appointments?colour=red', '/colour unknown-field'],
    ['/api/appointments/42?colour=red', '/colour unknown-field'],
    ['/api/requests/0199d4b0-0000-7000-8000-000000000000?wait=long', '/wait out-of-range'],
  ])('GET %s is a 400', async (path, error) => {
    const answer = await request(system.url).get(path);
    expect([answer.status, errorsOf(answer)]).toEqual([400, [error]]);
  });

  it.each([
    '/api/appointments/unknown',
    '/api/appointments/unknown/history',
    '/api/requests/0199d4b0-0000-7000-8000-000000000000',
    '/api/requests/not-a-uuid',
    '/api/nowhere',
    '/api/docs/../../package.json',
    '/api/docs/package.json',
    '/',
  ])('GET %s is a 404 problem', async (path) => {
    const answer = await request(system.url).get(path);
    expect([answer.status, answer.body.type]).toEqual([404, 'urn:slotline:problem:not-found']);
  });

  it('of a path that cannot be decoded is a 400 problem', async () => {
    const answer = await request(system.url).get('/api/appointments/%ff');
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:slotline:problem:invalid-request']);
    expect(errorsOf(answer)).toEqual(['path invalid-encoding']);
  });

  it.each([
    ['get', '/api/appointments?orgId=%ff'],
    ['get', '/api/availability?orgId=%c3'],
    ['get', '/api/appointments.ics?orgId=%c0%80'],
    ['get', '/api/webhooks?orgId=%ed%a0%80'],
    ['delete', '/api/appointments/42?orgId=%ff'],
    ['post', '/api/appointments/42/confirm?orgId=%ff'],
  ] as const)('%s %s is a 400 that names the parameter that is not UTF-8', async (method, path) => {
    const answer = await request(system.url)[method](path);
    expect([answer.status, errorsOf(answer)]).toEqual([400, ['/orgId invalid-encoding']]);
  });

  it('of the admin port with a parameter or a path that is not UTF-8 is a 400', async () => {
    const query = await request(system.adminUrl).get('/api/admin/orgs?orgId=%ff');
    expect([query.status, errorsOf(query)]).toEqual([400, ['/orgId invalid-encoding']]);
    const path = await request(system.adminUrl).post('/api/admin/orgs/%ff/pause');
    expect([path.status, errorsOf(path)]).toEqual([400, ['path invalid-encoding']]);
  });

  it('by a method that is not there is a 405 with Allow', async () => {
    const answer = await request(system.url).put('/api/appointments/42');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'DELETE, GET, HEAD']);
  });
});
