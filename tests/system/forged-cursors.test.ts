// A cursor is a text that a client may change. Whatever place it names, the answer is a page or `invalid-cursor`.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import fc from 'fast-check';
import request from 'supertest';
import { nextOf, send } from './a-calendar.ts';

let system: System;
let idle: System;
beforeAll(async () => {
  system = await startSystem();
  idle = await startSystem({ workers: 0 });
}, 60_000);
afterAll(async () => {
  await Promise.all([system.close(), idle.close()]);
});

const DAY = 24 * 60;
const ORG = { orgId: 'forged' };
const WINDOW = { from: '2030-01-01 00:00', to: '2030-12-01 00:00' };

interface List {
  readonly path: string;
  readonly query: Record<string, string>;
  /** Places that PostgreSQL or Redis would not take, or nearly. */
  readonly places: readonly (readonly unknown[])[];
}

const INT_EDGES = [0, -1, 1.5, 2_147_483_647, 2_147_483_648, 2 ** 53, 2 ** 63, 1e300, -0];
const STREAM_IDS = ['0-0', '00-000', '0-1', '1-0', '9999999999999999999-9999999999999999999', '-', '+', '1'];
const TEXTS = ['\u0000', 'a\u0000b', '\ud800', '', 'x'.repeat(200), 'x'.repeat(1_200), '-', "'", '{}'];

const LISTS: Record<string, List> = {
  appointments: {
    path: '/api/appointments',
    query: { ...ORG, limit: '1' },
    places: TEXTS.flatMap((id) => INT_EDGES.map((at) => [at, id, at])),
  },
  history: {
    path: '/api/appointments/a/history',
    query: { ...ORG, limit: '1' },
    places: INT_EDGES.map((version) => [version]),
  },
  requests: {
    path: '/api/requests',
    query: { ...ORG, limit: '1' },
    places: [
      ...STREAM_IDS.map((id) => ['waiting', id]),
      ...INT_EDGES.map((before) => ['decided', before]),
      ['decided'],
      ['waiting'],
    ],
  },
  availability: {
    path: '/api/availability',
    query: { ...ORG, ...WINDOW, limit: '1' },
    places: TEXTS.flatMap((id) => INT_EDGES.map((at) => [id, at])),
  },
  calendar: {
    path: '/api/appointments.ics',
    query: { ...ORG, to: '2031-01-01 00:00' },
    places: TEXTS.flatMap((id) => INT_EDGES.map((at) => [at, id])),
  },
};

const OPERATORS: Record<string, List> = {
  quarantine: {
    path: '/api/admin/quarantine',
    query: {},
    places: ['1-1-1', '0-0-0', '253402300799999-2147483647-999999999999999', '1-2147483648-1', ...TEXTS].map(
      (place) => [place],
    ),
  },
  keys: {
    path: '/api/admin/keys',
    query: { limit: '1' },
    places: [
      '1-0000000000000000',
      '253402300799999-zzzzzzzzzzzzzzzz',
      '999999999999999-aaaaaaaaaaaaaaaa',
      ...TEXTS,
    ].map((place) => [place]),
  },
};

beforeAll(async () => {
  await send(system, ORG.orgId, [
    { id: 'a', from: 0, to: 60 },
    { id: 'b', from: DAY, to: DAY + 60 },
    { id: 'a', from: 120, to: 180 },
  ]);
  for (const name of ['one', 'two'])
    await request(system.adminUrl)
      .post('/api/admin/keys')
      .send({ ...ORG, name, scopes: ['read'] });
});

/** The first part of every cursor of the list: it binds it to the query. */
async function digestOf(url: string, { path, query }: List): Promise<string | undefined> {
  const { headers } = await request(url).get(path).query(query);
  const next = nextOf(headers);
  if (next === undefined) return undefined;
  const cursor = new URL(next, url).searchParams.get('cursor') ?? '';
  return (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[])[0];
}

async function expectAnswered(url: string, list: List, cursor: string): Promise<void> {
  const { status, body } = await request(url)
    .get(list.path)
    .query({ ...list.query, cursor });
  // A history has no versions behind the last one, and an appointment without versions is none.
  if (status === 200 || (status === 404 && list === LISTS['history'])) return;
  const code = (body as { type?: string }).type?.split(':').at(-1);
  // A cursor that is longer than any is refused as a parameter.
  expect([status, code, cursor.length > 2_048 ? 'long' : 'short']).toEqual([
    400,
    cursor.length > 2_048 ? 'invalid-request' : 'invalid-cursor',
    cursor.length > 2_048 ? 'long' : 'short',
  ]);
}

const anything = fc.oneof(
  fc.constantFrom<unknown>(...INT_EDGES, ...STREAM_IDS, ...TEXTS, 'waiting', 'decided'),
  fc.jsonValue({ maxDepth: 1 }),
  fc.string({ unit: 'binary' }),
  fc.double(),
);

const PORTS = [
  ['of the public port', () => system.url, LISTS],
  ['of the public port while requests wait', () => idle.url, { requests: LISTS['requests'] as List }],
  ['of the operators’ port', () => system.adminUrl, OPERATORS],
] as const;

it.each(PORTS)(
  'every place in a cursor %s is answered with a page or invalid-cursor',
  async (_, urlOf, lists) => {
    const url = urlOf();
    if (url === idle.url) {
      for (const id of ['w1', 'w2', 'w3']) {
        const [start, end] = ['2030-05-01 00:00', '2030-05-01 01:00'];
        await request(url)
          .post('/api/appointments')
          .send({ ...ORG, id, start, end, createdAt: start, updatedAt: start });
      }
    }
    for (const list of Object.values(lists)) {
      const digest = await digestOf(url, list);
      const cursorOf = (place: readonly unknown[]) =>
        Buffer.from(JSON.stringify([digest, ...place])).toString('base64url');
      for (const place of list.places) await expectAnswered(url, list, cursorOf(place));
      await fc.assert(
        fc.asyncProperty(fc.array(anything, { maxLength: 4 }), (place) =>
          expectAnswered(url, list, cursorOf(place)),
        ),
        { numRuns: 60 },
      );
    }
  },
  240_000,
);

it('every sequence that a client names is answered with a page or refused as a parameter', async () => {
  for (const after of [
    '0',
    '999999999999',
    '1000000000000',
    '9223372036854775808',
    '-1',
    '1e3',
    '\u0000',
    ' 1',
  ]) {
    const page = await request(system.url)
      .get('/api/changes')
      .query({ ...ORG, after });
    expect([200, 400]).toContain(page.status);
    const stream = await request(system.url)
      .head('/api/changes/stream')
      .query({ ...ORG, after });
    expect([200, 400]).toContain(stream.status);
  }
  for (const id of ['999999999999', '1000000000000', '9223372036854775808', '-1', 'x']) {
    const head = request(system.url).head('/api/changes/stream').query(ORG).set('Last-Event-ID', id);
    expect([200, 400]).toContain((await head).status);
  }
});
