// The change feed by pages and long polls.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { at, nextOf, send } from './a-calendar.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
});

interface Change {
  id: string;
  sequence: number;
  version: number;
  status: string;
  requestId: string;
}

let orgs = 0;
function freshOrg(): string {
  return `feeds-${++orgs}`;
}

function book(id: string, hour: number) {
  return { id, from: hour * 60, to: hour * 60 + 60 };
}

function changes(query: object) {
  return request(system.url).get('/api/changes').query(query);
}

function afterOf(headers: Record<string, string>): string | null {
  return new URL(nextOf(headers) ?? '', system.url).searchParams.get('after');
}

describe('GET /api/changes', () => {
  it('returns every version once and in order, with a sequence without gaps', async () => {
    const orgId = freshOrg();
    const sent = await send(system, orgId, [
      book('a', 8),
      book('b', 8),
      book('b', 9),
      book('a', 10),
      { ...book('b', 9), op: 'cancel' },
    ]);
    const { body } = await changes({ orgId });
    const seen = (body as Change[]).map(({ sequence, id, version, status }) => [
      sequence,
      id,
      version,
      status,
    ]);
    expect(seen).toEqual([
      [1, 'a', 1, 'booked'],
      [2, 'b', 1, 'booked'],
      [3, 'a', 2, 'booked'],
      [4, 'b', 2, 'cancelled'],
    ]);
    const granted = sent.filter(({ outcome }) => outcome.version !== undefined);
    expect((body as Change[]).map(({ requestId }) => requestId)).toEqual(
      granted.map(({ requestId }) => requestId),
    );
  });

  it('can be followed by its links indefinitely: the link of the last page leads to itself', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [book('a', 8), book('b', 9), book('c', 10)]);
    const first = await changes({ orgId, limit: 2, wait: 0 });
    expect([(first.body as Change[]).map(({ id }) => id), afterOf(first.headers)]).toEqual([['a', 'b'], '2']);
    expect(nextOf(first.headers)).toBe(`/api/changes?orgId=${orgId}&limit=2&wait=0&after=2`);
    const second = await request(system.url).get(nextOf(first.headers) ?? '');
    expect([(second.body as Change[]).map(({ id }) => id), afterOf(second.headers)]).toEqual([['c'], '3']);
    const third = await request(system.url).get(nextOf(second.headers) ?? '');
    expect([third.body, nextOf(third.headers)]).toEqual([[], nextOf(second.headers)]);
  });

  it('of an unknown org is empty', async () => {
    const answer = await changes({ orgId: freshOrg() });
    expect([answer.status, answer.body]).toEqual([200, []]);
  });

  it.each<[object, string[]]>([
    [{ after: -1, limit: 0, wait: 'x' }, ['/after', '/limit', '/wait']],
    [{ after: 1.5, minSequence: '' }, ['/after', '/minSequence']],
    [{ cursor: 'x', from: at(0) }, ['/cursor', '/from']],
  ])('refuses %j and names what is wrong', async (query, pointers) => {
    const { status, body } = await changes(query);
    const named = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect([status, named.sort()]).toEqual([400, pointers.sort()]);
  });
});

describe('a long poll', () => {
  it('is answered as soon as its org has a new version, and not before', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [book('a', 8)]);
    const waiting = changes({ orgId, after: 1, wait: 30 }).then((answer) => answer);
    await send(system, 'another org', [book('x', 8)]);
    await send(system, orgId, [book('b', 9)]);
    const answer = await waiting;
    expect((answer.body as Change[]).map(({ id, sequence }) => [id, sequence])).toEqual([['b', 2]]);
  });

  it('is answered at once when there is something already', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [book('a', 8)]);
    expect((await changes({ orgId, wait: 30 })).body).toHaveLength(1);
  });

  it('is answered empty when its time is over', async () => {
    const answer = await changes({ orgId: freshOrg(), wait: 1 });
    expect([answer.status, answer.body, afterOf(answer.headers)]).toEqual([200, [], '0']);
  });

  it('of many readers of one org wakes them all', async () => {
    const orgId = freshOrg();
    const waiting = Array.from({ length: 20 }, () => changes({ orgId, wait: 30 }).then(({ body }) => body));
    await send(system, orgId, [book('a', 8)]);
    for (const body of await Promise.all(waiting)) expect(body).toHaveLength(1);
  });

  it('is answered without a hint, because the sequences are polled too', async () => {
    const orgId = freshOrg();
    // Shares only the database: the hints of this system do not reach the waiting API.
    const other = await startSystem({ databaseUrl: system.databaseUrl });
    try {
      const waiting = changes({ orgId, wait: 30 }).then(({ body }) => body);
      await send(other, orgId, [book('a', 8)]);
      expect(await waiting).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  it('ends empty when the API stops', async () => {
    const own = await startSystem({ workers: 0 });
    try {
      const waiting = request(own.url)
        .get('/api/changes')
        .query({ wait: 30 })
        .then((answer) => answer);
      await untilPolled(own);
      expect(await own.closeApi()).toBe(true);
      const answer = await waiting;
      expect([answer.status, answer.body, answer.headers['connection']]).toEqual([200, [], 'close']);
    } finally {
      await own.close();
    }
  });
});

async function untilPolled({ adminUrl }: System): Promise<void> {
  for (;;) {
    const { text } = await request(adminUrl).get('/metrics');
    if (/^slotline_feed_readers\{app="api"\} 1$/m.test(text)) return;
  }
}
