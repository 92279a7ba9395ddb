// Atomic batches over HTTP: several appointments of an org change all together or not at all.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrgQueue } from '@slotline/queue';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';

const WAIT = { Prefer: 'wait=20' };

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
});

let orgs = 0;
function freshOrg(): string {
  return `org-${++orgs}`;
}

/** A booking of one hour on the resource, made or moved on that day of January. */
function book(orgId: string, id: string, { hour, day = 1, resource = 'room' }: Place, more: object = {}) {
  const times = { start: `2031-01-01 ${two(hour)}:00`, end: `2031-01-01 ${two(hour + 1)}:00` };
  const dates = { createdAt: '2030-01-01 00:00', updatedAt: `2030-01-${two(day)} 00:00` };
  return { orgId, id, resourceId: resource, ...times, ...dates, ...more };
}

interface Place {
  hour: number;
  day?: number;
  resource?: string;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function send(
  items: object[] | string,
  {
    headers = WAIT,
    query = {},
    url = system.url,
  }: { headers?: Record<string, string>; query?: object; url?: string } = {},
) {
  const type = typeof items === 'string' ? 'application/x-ndjson' : 'application/json';
  return request(url)
    .post('/api/appointments/batch')
    .query({ atomic: 'true', ...query })
    .set({ 'Content-Type': type, ...headers })
    .send(items);
}

/** Books one by one; all of them are there afterwards. */
async function prepare(items: object[]): Promise<void> {
  const { body } = await request(system.url).post('/api/appointments/batch').set(WAIT).send(items);
  for (const { outcome } of body) expect(outcome.kind).toBe('created');
}

async function placesOf(orgId: string): Promise<Record<string, string>> {
  const { body } = await request(system.url).get('/api/appointments').query({ orgId });
  return Object.fromEntries(
    (body as { id: string; resourceId: string; start: string; version: number }[]).map((one) => [
      one.id,
      `${one.resourceId} ${one.start.slice(11, 13)} v${one.version}`,
    ]),
  );
}

async function versionsIn(orgId: string): Promise<number> {
  const { body } = await request(system.url).get('/api/changes').query({ orgId });
  return (Array.isArray(body) ? body : body.changes).length;
}

function kindsOf({ items }: { items: { kind: string }[] }): string[] {
  return items.map(({ kind }) => kind);
}

describe('an atomic batch', () => {
  it('swaps two appointments, which is impossible one after the other', async () => {
    const orgId = freshOrg();
    await prepare([book(orgId, 'a', { hour: 8 }), book(orgId, 'b', { hour: 9 })]);
    const swap = [book(orgId, 'a', { hour: 9, day: 2 }), book(orgId, 'b', { hour: 8, day: 2 })];
    const answer = await send(swap);
    expect([answer.status, answer.headers['preference-applied']]).toEqual([200, 'wait=20']);
    expect(answer.headers['content-location']).toBe(`/api/requests/${answer.body.requestId}`);
    expect(answer.body).toMatchObject({
      operation: 'batch',
      status: 'completed',
      outcome: {
        kind: 'applied',
        items: [
          { appointmentId: 'a', kind: 'updated', version: 2 },
          { appointmentId: 'b', kind: 'updated', version: 2 },
        ],
      },
      links: { self: `/api/requests/${answer.body.requestId}` },
    });
    expect(answer.body).not.toHaveProperty('appointmentId');
    expect(await placesOf(orgId)).toEqual({ a: 'room 09 v2', b: 'room 08 v2' });
  });

  it('rotates three over rooms and hours', async () => {
    const orgId = freshOrg();
    const at = (hour: number, resource: string, day = 1) => ({ hour, resource, day });
    await prepare([book(orgId, 'a', at(8, 'x')), book(orgId, 'b', at(9, 'x')), book(orgId, 'c', at(8, 'y'))]);
    const answer = await send([
      book(orgId, 'a', at(9, 'x', 2)),
      book(orgId, 'b', at(8, 'y', 2)),
      book(orgId, 'c', at(8, 'x', 2)),
    ]);
    expect(answer.body.outcome.kind).toBe('applied');
    expect(await placesOf(orgId)).toEqual({ a: 'x 09 v2', b: 'y 08 v2', c: 'x 08 v2' });
  });

  it('books, cancels, holds and confirms in one', async () => {
    const orgId = freshOrg();
    await prepare([
      book(orgId, 'gone', { hour: 8 }),
      book(orgId, 'held', { hour: 9 }, { holdSeconds: 3_600 }),
    ]);
    const answer = await send([
      { op: 'confirm', orgId, id: 'held' },
      { op: 'cancel', orgId, id: 'gone', updatedAt: '2030-01-02 00:00' },
      book(orgId, 'new', { hour: 8 }),
      book(orgId, 'soon', { hour: 10 }, { holdSeconds: 3_600 }),
    ]);
    expect(kindsOf(answer.body.outcome)).toEqual(['confirmed', 'cancelled', 'created', 'created']);
    expect(await placesOf(orgId)).toEqual({ held: 'room 09 v2', new: 'room 08 v1' });
    const soon = await request(system.url).get('/api/appointments/soon').query({ orgId });
    expect(soon.body.status).toBe('held');
    expect(Date.parse(soon.body.heldUntil) - Date.parse(answer.body.acceptedAt)).toBe(3_600_000);
    const history = await request(system.url).get('/api/appointments/held/history').query({ orgId });
    expect(history.body[1].requestId).toBe(answer.body.requestId);
  });

  it.each<[string, (orgId: string) => object, { appointmentId: string } & Record<string, unknown>]>([
    [
      'one conflict',
      (orgId) => book(orgId, 'new', { hour: 9 }),
      {
        appointmentId: 'new',
        kind: 'conflict',
        conflictsWith: [expect.objectContaining({ id: 'b', version: 1 })],
        detail: 'The interval is taken by appointment b.',
      },
    ],
    [
      'one stale item',
      (orgId) => book(orgId, 'b', { hour: 12 }),
      { appointmentId: 'b', kind: 'ignored-stale', version: 1 },
    ],
    [
      'one cancellation of nothing',
      (orgId) => ({ op: 'cancel', orgId, id: 'nobody' }),
      { appointmentId: 'nobody', kind: 'not-found' },
    ],
    [
      'one confirmation of what is booked already',
      (orgId) => ({ op: 'confirm', orgId, id: 'b' }),
      { appointmentId: 'b', kind: 'ignored-stale', version: 1 },
    ],
  ])('is refused by %s, and nothing of it is written', async (_what, bad, itsOutcome) => {
    const orgId = freshOrg();
    await prepare([book(orgId, 'a', { hour: 8 }), book(orgId, 'b', { hour: 9 })]);
    const before = { places: await placesOf(orgId), versions: await versionsIn(orgId) };
    const answer = await send([book(orgId, 'a', { hour: 11, day: 2 }), bad(orgId)]);
    expect([answer.status, answer.body.type]).toEqual([409, 'urn:slotline:problem:batch-refused']);
    expect(answer.body.detail).toBe(
      `Nothing was changed. Not possible as asked: appointment ${itsOutcome.appointmentId}.`,
    );
    expect(answer.body.request).toMatchObject({ operation: 'batch', status: 'completed' });
    expect(answer.body.request.outcome).toMatchObject({
      kind: 'refused',
      items: [{ appointmentId: 'a', kind: 'not-applied' }, itsOutcome],
    });
    expect({ places: await placesOf(orgId), versions: await versionsIn(orgId) }).toEqual(before);
    // A refusal is an outcome, and it is final.
    const again = await request(system.url).get(answer.headers['content-location'] ?? '');
    expect([again.status, again.body]).toEqual([200, answer.body.request]);
  });

  it('of items that overlap each other is refused', async () => {
    const orgId = freshOrg();
    const answer = await send([book(orgId, 'a', { hour: 8 }), book(orgId, 'b', { hour: 8 })]);
    expect(answer.status).toBe(409);
    expect(await placesOf(orgId)).toEqual({});
  });

  it('answers 202 without a wait, and the same key then replays it as a whole', async () => {
    const orgId = freshOrg();
    const items = [book(orgId, 'a', { hour: 8 }), book(orgId, 'b', { hour: 9 })];
    const key = { 'Idempotency-Key': `batch-${orgId}` };
    const first = await send(items, { headers: key });
    expect([first.status, first.headers['location'], first.headers['retry-after']]).toEqual([
      202,
      `/api/requests/${first.body.requestId}`,
      '1',
    ]);
    expect(first.body).toMatchObject({ orgId, operation: 'batch', status: 'queued', place: 1 });
    expect(first.body).not.toHaveProperty('appointmentId');
    const again = await send(items, { headers: { ...key, ...WAIT } });
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect([again.body.requestId, again.body.outcome.kind]).toEqual([first.body.requestId, 'applied']);
    expect(await versionsIn(orgId)).toBe(2);
    const reordered = await send([...items].reverse(), { headers: key });
    expect([reordered.status, reordered.body.type]).toEqual([
      422,
      'urn:slotline:problem:idempotency-key-reused',
    ]);
  });

  it('is decided in order with the requests before and after it', async () => {
    const idle = await startSystem({ workers: 0, environment: { COMMIT_GROUP_MAX: '100' } });
    try {
      const post = (item: object) => request(idle.url).post('/api/appointments').send(item);
      const many = (day: number) =>
        Array.from({ length: 200 }, (_, at) => book('o', `m-${at}`, { hour: 8, day, resource: `r-${at}` }));
      const answers = [
        await post(book('o', 'a', { hour: 8 })),
        await send(many(1), { url: idle.url, headers: {} }),
        await post(book('o', 'late', { hour: 8, resource: 'r-199' })),
        await send(many(2), { url: idle.url, headers: {} }),
        await post(book('o', 'm-0', { hour: 10, day: 2, resource: 'r-0' })),
      ];
      await idle.addWorker();
      const kinds = answers.map(async ({ body }) => {
        const decided = await request(idle.url).get(`/api/requests/${body.requestId}?wait=20`);
        return decided.body.outcome.kind;
      });
      expect(await Promise.all(kinds)).toEqual([
        'created',
        'applied',
        'conflict',
        'applied',
        'ignored-stale',
      ]);
    } finally {
      await idle.close();
    }
  }, 60_000);

  it('may come line by line', async () => {
    const orgId = freshOrg();
    const lines = [book(orgId, 'a', { hour: 8 }), book(orgId, 'b', { hour: 9 })].map((one) =>
      JSON.stringify(one),
    );
    expect((await send(lines.join('\n'))).body.outcome.kind).toBe('applied');
    const broken = await send([lines[0], '{"oops'].join('\n'));
    expect([broken.status, broken.body.errors]).toEqual([
      400,
      [{ pointer: '/1', code: 'malformed-json', detail: 'The line is not valid JSON.' }],
    ]);
  });

  it('is counted as one accepted batch', async () => {
    await send([book(freshOrg(), 'a', { hour: 8 })]);
    const { text } = await request(system.adminUrl).get('/metrics');
    expect(text).toMatch(/slotline_accepted_total\{operation="batch",app="api"\} [1-9]/);
  });

  it('with atomic=false is a batch like any other', async () => {
    const orgId = freshOrg();
    const items = [book(orgId, 'a', { hour: 8 }), book(orgId, 'b', { hour: 8 })];
    const answer = await send(items, { query: { atomic: 'false' } });
    expect(answer.body.map((one: { outcome: { kind: string } }) => one.outcome.kind)).toEqual([
      'created',
      'conflict',
    ]);
  });
});

describe('a batch that is refused before it is a request', () => {
  let idle: System;
  let depth: () => Promise<number>;
  let closeQueue: () => Promise<void>;
  beforeAll(async () => {
    idle = await startSystem({ workers: 0, environment: { MAILBOX_MAX: '1' } });
    const queue = await openOrgQueue({ redisUrl: idle.redisUrl, name: idle.queueName });
    depth = async () => (await queue.listOrgs(10)).reduce((sum, one) => sum + one.depth, 0);
    closeQueue = () => queue.close();
  });
  afterAll(async () => {
    await closeQueue();
    await idle.close();
  });
  let expected = 0;
  afterEach(async () => {
    expect(await depth()).toBe(expected);
  });

  function errorsOf({ body }: { body: { errors?: { pointer: string; code: string }[] } }): string[] {
    return (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
  }

  const a = book('o', 'a', { hour: 8 });
  const b = book('o', 'b', { hour: 9 });

  it.each<[string, object[], string[]]>([
    [
      '201 items',
      Array.from({ length: 201 }, (_, at) => ({ op: 'confirm', id: `${at}` })),
      [' out-of-range'],
    ],
    ['no items', [], [' out-of-range']],
    ['two orgs', [a, { ...b, orgId: 'p' }], ['/1/orgId other-org']],
    ['one appointment twice', [a, b, { op: 'cancel', orgId: 'o', id: 'a' }], ['/2/id duplicate-id']],
    [
      'callbacks of items',
      [
        { ...a, callbackUrl: 'https://example.com/hook' },
        { ...b, callbackUrl: 7 },
      ],
      ['/0/callbackUrl not-in-atomic', '/1/callbackUrl not-in-atomic'],
    ],
    [
      'faults everywhere',
      [{ ...a, end: 'never', holdSeconds: 4 }, { op: 'confirm' }, { ...b, colour: 'red' }],
      ['/0/end invalid-timestamp', '/0/holdSeconds too-small', '/1/id required', '/2/colour unknown-field'],
    ],
  ])('for %s names every bad field', async (_what, items, errors) => {
    const answer = await send(items, { url: idle.url });
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:slotline:problem:invalid-request']);
    expect(errorsOf(answer)).toEqual(errors);
  });

  it.each<[object, string]>([
    [{ atomic: 'yes' }, '/atomic invalid'],
    [{ colour: 'red' }, '/colour unknown-field'],
    [{ callbackUrl: 'ftp://example.com' }, '/callbackUrl invalid-url'],
    [{ atomic: 'false', callbackUrl: 'https://example.com/hook' }, '/callbackUrl only-atomic'],
  ])('for the query %j names it', async (query, error) => {
    const answer = await send([a, b], { url: idle.url, query });
    expect([answer.status, errorsOf(answer)]).toEqual([400, [error]]);
  });

  it('for a full mailbox is a 429 with nothing enqueued, although a batch takes one position only', async () => {
    expected = 1;
    expect((await send([a, b], { url: idle.url, headers: {} })).status).toBe(202);
    const refused = await send([book('o', 'c', { hour: 10 })], { url: idle.url, headers: {} });
    expect([refused.status, refused.body.type]).toEqual([429, 'urn:slotline:problem:mailbox-full']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });
});
