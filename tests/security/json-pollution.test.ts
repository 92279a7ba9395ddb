// Members that could change a prototype are refused wherever JSON is read; other unusual JSON is accepted.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from '../system/a-booking.ts';

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

function send(body: string, { path = '/api/appointments', type = 'application/json' } = {}) {
  return request(system.url).post(path).set('Content-Type', type).send(body);
}

/** The booking as text, with `members` in place of its closing brace. */
const withMembers = (members: string) => JSON.stringify(BOOKING).replace(/\}$/, `,${members}}`);

function errorsOf(answer: { body: { errors?: { pointer: string; code: string }[] } }): string[] {
  return (answer.body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
}

const BATCH = '/api/appointments/batch';
const NDJSON = 'application/x-ndjson';
const POISON = '"__proto__":{"isAdmin":true}';

describe('a body is refused and nothing is enqueued', () => {
  afterEach(async () => {
    expect(await queue.listOrgs(10)).toEqual([]);
    expect('isAdmin' in {}).toBe(false);
  });

  it.each<[string, string, string[]]>([
    ['__proto__', withMembers(POISON), ['/__proto__']],
    ['__proto__ by escapes', withMembers('"\\u005f_pr\\u006fto__":1'), ['/__proto__']],
    [
      '__proto__ in metadata',
      withMembers(`"metadata":{"a/b":[{},{${POISON}}]}`),
      ['/metadata/a~1b/1/__proto__'],
    ],
    [
      'a prototype of a constructor',
      withMembers('"metadata":{"constructor":{"prototype":{"a":1}}}'),
      ['/metadata/constructor'],
    ],
    [
      'several',
      withMembers(`"metadata":{${POISON},"b":{${POISON}}},${POISON}`),
      ['/__proto__', '/metadata/__proto__', '/metadata/b/__proto__'],
    ],
    [
      'one below 30,000 lists',
      withMembers(`"metadata":{"a":${'['.repeat(30_000)}{${POISON}}${']'.repeat(30_000)}}`),
      [''],
    ],
  ])('with %s, which is named', async (_what, body, pointers) => {
    const answer = await send(body);
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:slotline:problem:invalid-request']);
    expect(errorsOf(answer)).toEqual(pointers.map((pointer) => `${pointer} forbidden-field`));
  });

  it('of a batch, as a list and in lines, atomic too', async () => {
    const items = [JSON.stringify(BOOKING), withMembers(`"metadata":{${POISON}}`)];
    const answers = [
      await send(`[${items.join(',')}]`, { path: BATCH }),
      await send(items.join('\n'), { path: BATCH, type: NDJSON }),
      await send(`[${items.join(',')}]`, { path: `${BATCH}?atomic=true` }),
    ];
    for (const answer of answers) {
      expect([answer.status, errorsOf(answer)]).toEqual([400, ['/1/metadata/__proto__ forbidden-field']]);
    }
  });

  it('at every other endpoint that reads JSON', async () => {
    const bodies = await Promise.all([
      send(`{${POISON}}`, { path: '/api/appointments/42/confirm' }),
      send(`{"url":"https://example.com/",${POISON}}`, { path: '/api/webhooks' }),
      request(system.url)
        .patch('/api/webhooks/0199d4b0-0000-7000-8000-000000000000')
        .set('Content-Type', 'application/json')
        .send(`{${POISON}}`),
    ]);
    for (const answer of bodies) {
      expect([answer.status, errorsOf(answer)]).toEqual([400, ['/__proto__ forbidden-field']]);
    }
  });

  it('in a query it is an unknown parameter', async () => {
    for (const name of ['__proto__', '__proto__[isAdmin]', 'constructor', 'orgId[]', 'orgId[a]']) {
      const answer = await request(system.url).get(`/api/appointments?${encodeURIComponent(name)}=x`);
      expect([answer.status, errorsOf(answer)]).toEqual([400, [`/${name} unknown-field`]]);
    }
  });

  it('nested deeper than any limit, in a batch of a megabyte too', async () => {
    const deep = (levels: number) =>
      withMembers(`"metadata":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    const [one, many] = [await send(deep(30_000)), await send(`[${deep(500_000)}]`, { path: BATCH })];
    expect([one.status, errorsOf(one)]).toEqual([400, ['/metadata not-storable-json']]);
    expect([many.status, many.body.type]).toEqual([400, 'urn:slotline:problem:every-item-refused']);
  });

  it.each([
    ['1e400', '"metadata":{"a":1e400}', '/metadata not-storable-json'],
    ['-1e400 for an id', '"id":-1e400', '/id wrong-type'],
    ['2^53', '"id":9007199254740992', '/id too-large'],
    ['a thousand digits', `"id":${'9'.repeat(1_000)}`, '/id wrong-type'],
  ])('with %s', async (_what, member, error) => {
    const answer = await send(withMembers(member));
    expect([answer.status, errorsOf(answer)]).toEqual([400, [error]]);
  });
});

describe('unusual JSON', () => {
  it('may have a member `constructor` that is no object', async () => {
    const answer = await send(withMembers('"metadata":{"constructor":"Smith & Sons","prototype":1}'));
    expect(answer.status).toBe(202);
  });

  it('may repeat a member, and the last one counts', async () => {
    const answer = await send(withMembers('"id":"last","orgId":"first","orgId":"last"'));
    expect([answer.status, answer.body.appointmentId, answer.body.orgId]).toEqual([202, 'last', 'last']);
  });

  it('may begin with a byte order mark, which is skipped', async () => {
    const answer = await send(`\uFEFF${JSON.stringify({ ...BOOKING, id: 'marked' })}`);
    expect([answer.status, answer.body.appointmentId]).toEqual([202, 'marked']);
  });

  it('may have numbers at the limits of JavaScript', async () => {
    const answer = await send(withMembers('"id":"numbers","metadata":{"a":1e308,"b":-0,"c":0.1e-400}'));
    expect(answer.status).toBe(202);
  });
});
