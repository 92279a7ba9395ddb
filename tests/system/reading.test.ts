// Lists and items: filters, pages, as they were known, and the requests of an org.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { at, nextOf, readPages, send } from './a-calendar.ts';

let system: System;
let idle: System;
beforeAll(async () => {
  system = await startSystem();
  // The same database and mailboxes, without a worker.
  idle = await startSystem({ workers: 0 });
});
afterAll(async () => {
  await Promise.all([system.close(), idle.close()]);
});

let orgs = 0;
function freshOrg(): string {
  return `reading ${++orgs}`;
}

function get(path: string, query: object = {}) {
  return request(system.url).get(path).query(query);
}

function idsOf(body: unknown): string[] {
  return (body as { id: string }[]).map(({ id }) => id);
}

const hours = (from: number, to: number) => ({ from: from * 60, to: to * 60 });

describe('GET /api/appointments', () => {
  const orgId = freshOrg();
  beforeAll(async () => {
    await send(system, orgId, [
      { id: 'a8', resourceId: 'a', ...hours(8, 9) },
      { id: 'b8', resourceId: 'b', ...hours(8, 9) },
      { id: 'a9', resourceId: 'a', ...hours(9, 12) },
      { id: 'b9', resourceId: 'b', ...hours(9, 10) },
      { id: 'held', resourceId: 'a', ...hours(13, 14), holdSeconds: 3_600 },
      { id: 'gone', resourceId: 'a', ...hours(14, 15) },
      { id: 'gone', op: 'cancel', ...hours(14, 15) },
      { id: 'a16', resourceId: 'a', ...hours(16, 17) },
    ]);
  });

  it.each<[string, object, string[]]>([
    ['booked ones by start, then id', {}, ['a8', 'b8', 'a9', 'b9', 'a16']],
    ['held ones', { status: 'held' }, ['held']],
    ['cancelled ones', { status: 'cancelled' }, ['gone']],
    ['expired ones, of which there are none', { status: 'expired' }, []],
    ['all of them', { status: 'all' }, ['a8', 'b8', 'a9', 'b9', 'held', 'gone', 'a16']],
    ['one resource', { resourceId: 'b' }, ['b8', 'b9']],
    ['what overlaps a window', { from: at(9 * 60 + 30), to: at(16 * 60) }, ['a9', 'b9']],
    ['what overlaps a window, of every status', { from: at(660), to: at(900), status: 'all' }, ['a9', 'held', 'gone']], // prettier-ignore
    ['from an instant on', { from: at(600) }, ['a9', 'a16']],
    ['up to an instant', { to: at(540) }, ['a8', 'b8']],
    ['a part by limit and offset', { limit: 2, offset: 1 }, ['b8', 'a9']],
    ['one resource in a window', { resourceId: 'a', from: at(660), to: at(960) }, ['a9']],
  ])('lists %s', async (_what, query, ids) => {
    const answer = await get('/api/appointments', { orgId, ...query });
    expect([answer.status, idsOf(answer.body)]).toEqual([200, ids]);
  });

  it('takes org for orgId', async () => {
    expect(idsOf((await get('/api/appointments', { org: orgId, resourceId: 'b' })).body)).toEqual([
      'b8',
      'b9',
    ]);
  });

  it.each([1, 2, 3, 5, 100])(
    'returns every appointment once in pages of %i, with every filter',
    async (limit) => {
      for (const filter of [
        '',
        '&status=all',
        '&resourceId=a',
        `&from=${at(510)}&to=${at(961)}&status=all`,
      ]) {
        const path = `/api/appointments?orgId=${encodeURIComponent(orgId)}${filter}`;
        const [whole = []] = await readPages<{ id: string }>(system, `${path}&limit=1000`);
        const pages = await readPages<{ id: string }>(system, `${path}&limit=${limit}`);
        expect(pages.flat()).toEqual(whole);
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }
    },
  );

  it('links to the next page with the whole query, and to none after the last', async () => {
    const query = { orgId, status: 'all', from: '2030-10-10 08:30', limit: 3, offset: 2 };
    const first = await get('/api/appointments', query);
    const next = new URL(nextOf(first.headers) ?? '', system.url);
    expect(next.pathname).toBe('/api/appointments');
    expect(Object.fromEntries(next.searchParams)).toEqual({
      orgId,
      status: 'all',
      from: '2030-10-10 08:30',
      limit: '3',
      cursor: expect.stringMatching(/^[\w-]+$/),
    });
    const second = await request(system.url).get(next.pathname + next.search);
    expect([idsOf(first.body), idsOf(second.body), nextOf(second.headers)]).toEqual([
      ['a9', 'b9', 'held'],
      ['gone', 'a16'],
      undefined,
    ]);
  });

  it('continues after its position even if the appointment there is gone', async () => {
    const own = freshOrg();
    await send(
      system,
      own,
      [1, 2, 3].map((hour) => ({ id: `h${hour}`, ...hours(hour, hour + 1) })),
    );
    const first = await get('/api/appointments', { orgId: own, limit: 2 });
    await send(system, own, [{ id: 'h2', op: 'cancel', ...hours(2, 3) }]);
    const second = await request(system.url).get(nextOf(first.headers) ?? '');
    expect([idsOf(first.body), idsOf(second.body)]).toEqual([['h1', 'h2'], ['h3']]);
  });

  it.each<[object, string[]]>([
    [{ limit: 0 }, ['/limit']],
    [{ limit: 1_001, offset: -1, status: 'live' }, ['/limit', '/offset', '/status']],
    [{ at: 'yesterday', minSequence: 'x' }, ['/at', '/minSequence']],
    [{ from: at(60), to: at(60) }, ['/to']],
    [{ org: 'a', orgId: 'b' }, ['/org']],
    [{ cursor: 'x', offset: 0 }, ['/offset']],
    [{ cursor: '' }, ['/cursor']],
    [{ resource: 'a', Status: 'all' }, ['/resource', '/Status']],
  ])('refuses %j and names what is wrong', async (query, pointers) => {
    const { status, body } = await get('/api/appointments', query);
    expect([status, body.type]).toEqual([400, 'urn:slotline:problem:invalid-request']);
    const named = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(named.sort()).toEqual(pointers.sort());
  });

  it('refuses a parameter that is given twice', async () => {
    const { status, body } = await request(system.url).get('/api/appointments?limit=1&limit=2');
    expect([status, body.errors[0].pointer]).toEqual([400, '/limit']);
  });

  it('refuses an invalid cursor and a cursor of another query', async () => {
    const first = await get('/api/appointments', { orgId, limit: 1 });
    const cursor = new URL(nextOf(first.headers) ?? '', system.url).searchParams.get('cursor');
    for (const query of [
      { orgId, cursor: 'x' },
      { orgId: 'other', cursor },
      { orgId, cursor, status: 'all' },
    ]) {
      const { status, body } = await get('/api/appointments', query);
      expect([status, body.type, body.errors[0].pointer]).toEqual([
        400,
        'urn:slotline:problem:invalid-cursor',
        '/cursor',
      ]);
    }
  });

  it('answers HEAD with the head of the list', async () => {
    const answer = await request(system.url).head('/api/appointments').query({ orgId, limit: 1 });
    expect([answer.status, answer.text, nextOf(answer.headers)]).toEqual([
      200,
      undefined,
      expect.any(String),
    ]);
  });
});

describe('as it was known', () => {
  it('an instant shows what was recorded up to it, in the list and by id', async () => {
    const orgId = freshOrg();
    const known: { at: string; list: unknown; item: unknown }[] = [];
    const note = async () => {
      const [list, item] = [
        await get('/api/appointments', { orgId, status: 'all' }),
        await get('/api/appointments/a', { orgId }),
      ];
      const recorded = (list.body as { recordedAt: string }[]).map(({ recordedAt }) => recordedAt).sort();
      known.push({ at: recorded.at(-1) ?? '', list: list.body, item: item.body });
    };
    await send(system, orgId, [{ id: 'a', ...hours(8, 9) }]);
    await note();
    await send(system, orgId, [{ id: 'b', resourceId: 'r', ...hours(8, 9) }]);
    await note();
    await send(system, orgId, [{ id: 'a', ...hours(10, 11) }]);
    await note();
    await send(system, orgId, [{ id: 'a', op: 'cancel', ...hours(10, 11) }]);
    await note();

    for (const { at: instant, list, item } of known) {
      const then = await get('/api/appointments', { orgId, status: 'all', at: instant });
      expect({ instant, list: then.body }).toEqual({ instant, list });
      const one = await get('/api/appointments/a', { orgId, at: instant });
      expect({ instant, item: one.body }).toEqual({ instant, item });
    }
    const booked = await get('/api/appointments', { orgId, at: known[2]?.at });
    expect(idsOf(booked.body)).toEqual(['b', 'a']);
  });

  it('before the beginning there is nothing, and a later instant than now is now', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [{ id: 'a', ...hours(8, 9) }]);
    const before = { orgId, at: '2001-01-01 00:00' };
    expect((await get('/api/appointments', before)).body).toEqual([]);
    expect((await get('/api/appointments/a', before)).status).toBe(404);
    const later = { orgId, at: '9999-01-01 00:00' };
    expect(idsOf((await get('/api/appointments', later)).body)).toEqual(['a']);
    expect((await get('/api/appointments/a', later)).body.version).toBe(1);
  });

  it('all pages are of one instant, even of one that was still to come', async () => {
    const orgId = freshOrg();
    await send(
      system,
      orgId,
      [1, 2].map((hour) => ({ id: `h${hour}`, ...hours(hour, hour + 1) })),
    );
    const first = await get('/api/appointments', { orgId, limit: 1, at: '9999-01-01 00:00' });
    await send(system, orgId, [{ id: 'h3', ...hours(3, 4) }]);
    const rest = await readPages<{ id: string }>(system, nextOf(first.headers) ?? '');
    expect([idsOf(first.body), idsOf(rest.flat())]).toEqual([['h1'], ['h2']]);
  });

  it('an item answers If-None-Match by its version of then', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [{ id: 'a', ...hours(8, 9) }]);
    const { recordedAt } = (await get('/api/appointments/a', { orgId })).body;
    await send(system, orgId, [{ id: 'a', ...hours(9, 10) }]);
    const then = { orgId, at: recordedAt };
    expect((await get('/api/appointments/a', then)).headers['etag']).toBe('"1"');
    expect((await get('/api/appointments/a', then).set('If-None-Match', '"1"')).status).toBe(304);
    expect((await get('/api/appointments/a', { orgId }).set('If-None-Match', '"1"')).status).toBe(200);
    expect((await get('/api/appointments/a', { orgId }).set('If-None-Match', '"2"')).status).toBe(304);
  });
});

describe('GET /api/appointments/{id}/history', () => {
  it('gives every version once in pages, with a link that survives any id', async () => {
    const [orgId, id] = [freshOrg(), 'a/b c?&"<>'];
    await send(
      system,
      orgId,
      [1, 2, 3, 4, 5].map((hour) => ({ id, ...hours(hour, hour + 1) })),
    );
    const path = `/api/appointments/${encodeURIComponent(id)}/history?orgId=${encodeURIComponent(orgId)}`;
    const pages = await readPages<{ version: number; sequence: number }>(system, `${path}&limit=2`);
    expect(pages.map((page) => page.map(({ version }) => version))).toEqual([[1, 2], [3, 4], [5]]);
    expect(pages.flat().map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  it('of nothing is 404', async () => {
    const { status, body } = await get('/api/appointments/nobody/history', { orgId: freshOrg() });
    expect([status, body.type]).toEqual([404, 'urn:slotline:problem:not-found']);
  });
});

describe('minSequence', () => {
  it('is answered once the org is as far, and with 409 and a time to come back before', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [{ id: 'a', ...hours(8, 9) }]);
    const window = { from: at(0), to: at(1) };
    for (const [path, query] of [
      ['/api/appointments', {}],
      ['/api/appointments/a', {}],
      ['/api/appointments/a', { at: '9999-01-01 00:00' }],
      ['/api/appointments/a/history', {}],
      ['/api/changes', {}],
      ['/api/availability', window],
      ['/api/appointments.ics', {}],
    ] as const) {
      const reached = await get(path, { orgId, minSequence: 1, ...query });
      expect([path, reached.status]).toEqual([path, 200]);
      const answer = await get(path, { orgId, minSequence: 2, ...query });
      expect([path, answer.status, answer.body.type, answer.headers['retry-after']]).toEqual([
        path,
        409,
        'urn:slotline:problem:sequence-not-reached',
        '1',
      ]);
    }
    const stream = await get('/api/changes/stream', { orgId, minSequence: 2 });
    expect([stream.status, stream.body.type]).toEqual([409, 'urn:slotline:problem:sequence-not-reached']);
  });
});

interface Shown {
  requestId: string;
  status: string;
  outcome?: { kind: string };
}

describe('GET /api/requests', () => {
  it('lists decided ones newest first, by status and by outcome, in pages', async () => {
    const orgId = freshOrg();
    const sent = await send(system, orgId, [
      { id: 'a', ...hours(8, 9) },
      { id: 'b', ...hours(8, 9) },
      { id: 'c', ...hours(9, 10) },
      { id: 'nobody', op: 'cancel', ...hours(9, 10) },
    ]);
    const ids = sent.map(({ requestId }) => requestId).reverse();
    const list = async (query: string) => {
      const path = `/api/requests?orgId=${encodeURIComponent(orgId)}${query}`;
      return (await readPages<Shown>(system, path)).flat().map(({ requestId }) => requestId);
    };
    expect(await list('')).toEqual(ids);
    for (const limit of [1, 2, 3]) expect(await list(`&limit=${limit}`)).toEqual(ids);
    expect(await list('&status=completed')).toEqual(ids);
    expect(await list('&status=failed')).toEqual([]);
    expect(await list('&status=queued')).toEqual([]);
    expect(await list('&outcome=conflict')).toEqual([sent[1]?.requestId]);
    expect(await list('&outcome=not-found&status=completed')).toEqual([sent[3]?.requestId]);
  });

  it('lists waiting ones newest first, and no outcome of them', async () => {
    const orgId = freshOrg();
    const post = async (id: string) => {
      const booking = { id, orgId, start: at(0), end: at(1), createdAt: at(0), updatedAt: at(0) };
      return (await request(idle.url).post('/api/appointments').send(booking)).body.requestId as string;
    };
    const ids = [await post('a'), await post('b'), await post('c')].reverse();
    const path = `/api/requests?orgId=${encodeURIComponent(orgId)}`;
    for (const query of ['', '&status=queued', '&limit=1', '&limit=2&status=queued', '&limit=3']) {
      const shown = (await readPages<Shown>(idle, path + query)).flat();
      expect([query, shown.map(({ requestId }) => requestId)]).toEqual([query, ids]);
      expect(shown.every(({ status, outcome }) => status === 'queued' && outcome === undefined)).toBe(true);
    }
    expect((await readPages<Shown>(idle, `${path}&status=completed`)).flat()).toEqual([]);
  });

  it('shows every accepted request on some page, whatever is decided while the pages are read', async () => {
    const orgId = freshOrg();
    const own = await startSystem({ workers: 0 });
    try {
      const accepted: string[] = [];
      for (let at60 = 0; at60 < 30; at60++) {
        const booking = {
          id: `a${at60}`,
          orgId,
          start: at(at60),
          end: at(at60 + 1),
          createdAt: at(0),
          updatedAt: at(0),
        };
        accepted.push(
          (await request(own.url).post('/api/appointments').send(booking)).body.requestId as string,
        );
      }
      await own.addWorker();
      // The worker empties the mailbox while each walk is under way; walks go on until all is decided.
      for (;;) {
        const path = `/api/requests?orgId=${encodeURIComponent(orgId)}&limit=4`;
        const shown = (await readPages<Shown>(own, path)).flat();
        expect([...new Set(shown.map(({ requestId }) => requestId))].sort()).toEqual([...accepted].sort());
        if (shown.every(({ status }) => status === 'completed')) break;
      }
    } finally {
      await own.close();
    }
  });

  it.each<[object, string[]]>([
    [{ status: 'done', outcome: 'ok', limit: 'x' }, ['/limit', '/outcome', '/status']],
    [{ status: 'queued', outcome: 'created' }, ['/outcome']],
    [{ offset: 1 }, ['/offset']],
  ])('refuses %j and names what is wrong', async (query, pointers) => {
    const { status, body } = await get('/api/requests', query);
    const named = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect([status, named.sort()]).toEqual([400, pointers]);
  });

  it('refuses a cursor that is none', async () => {
    const { status, body } = await get('/api/requests', { cursor: 'bm9uZQ' });
    expect([status, body.type]).toEqual([400, 'urn:slotline:problem:invalid-cursor']);
  });
});
