import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import {
  findAppointment,
  findRequests,
  listVersions,
  TerminalError,
  type Alarm,
  type Decider,
} from '../src/index.ts';
import { at, book, cancel, kinds } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());

test('every request of several orgs gets its outcome, in the given order', async () => {
  const group = [
    { orgId: 'order-1', requests: [book({ id: 'a', from: 0, to: 10 }), book({ id: 'b', from: 5, to: 15 })] },
    { orgId: 'order-2', requests: [] },
    { orgId: 'order-3', requests: [book({ id: 'a', from: 0, to: 10 }), cancel('nobody', 1)] },
    { orgId: 'order-1', requests: [book({ id: 'c', from: 10, to: 20 })] },
  ];
  const records = await decider.decide(group);
  expect(records.map(kinds)).toEqual([['created', 'conflict'], [], ['created', 'not-found'], ['created']]);
  expect(records.map((of) => of.map(({ requestId }) => requestId))).toEqual(
    group.map(({ requests }) => requests.map(({ requestId }) => requestId)),
  );
  expect(records[0]?.[1]?.outcome).toEqual({
    kind: 'conflict',
    conflictsWith: [{ id: 'a', start: at(0), end: at(10), version: 1 }],
    alternatives: { before: { start: at(-10), end: at(0) }, after: { start: at(10), end: at(20) } },
  });
});

test('an empty group has no outcomes', async () => {
  expect(await decider.decide([])).toEqual([]);
  expect(await decider.decide([{ orgId: 'nobody', requests: [] }])).toEqual([[]]);
});

test('a repeated request gets its recorded outcome and writes nothing', async () => {
  const first = book({ id: 'a', from: 0, to: 10 });
  const group = [{ orgId: 'repeat', requests: [first, first] }];
  const [records] = await decider.decide(group);
  expect(records?.[0]).toEqual(records?.[1]);
  const newer = book({ id: 'a', from: 20, to: 30, updated: 1 });
  const [later] = await decider.decide([{ orgId: 'repeat', requests: [newer, first] }]);
  expect(later?.[1]).toEqual(records?.[0]);
  expect((await findRequests(it.db, [first.requestId])).get(first.requestId)).toEqual(records?.[0]);
  await expectReplayed(it, 'repeat', [first, newer]);
});

test('the same request id in two orgs is two requests', async () => {
  const request = book({ id: 'a', from: 0, to: 10 });
  const records = await decider.decide([
    { orgId: 'ids-1', requests: [request] },
    { orgId: 'ids-2', requests: [request] },
  ]);
  expect(records.map(kinds)).toEqual([['created'], ['created']]);
});

test.each([
  [
    'vacated and taken',
    [book({ id: 'a', from: 30, to: 40, updated: 1 }), book({ id: 'c', from: 0, to: 10 })],
  ],
  [
    'swapped over a free one',
    [
      book({ id: 'a', from: 30, to: 40, updated: 1 }),
      book({ id: 'b', from: 0, to: 10, updated: 1 }),
      book({ id: 'a', from: 10, to: 20, updated: 2 }),
    ],
  ],
  ['extended over a vacated one', [cancel('b', 1), book({ id: 'a', from: 0, to: 20, updated: 1 })]],
  [
    'taken while its appointment moves to another resource and back',
    [
      book({ id: 'a', from: 10, to: 20, updated: 1, resource: 'hall' }),
      book({ id: 'c', from: 0, to: 10 }),
      book({ id: 'b', from: 20, to: 30, updated: 1, resource: 'hall' }),
      book({ id: 'a', from: 10, to: 20, updated: 2 }),
    ],
  ],
  [
    'cancelled, booked elsewhere and booked again',
    [
      cancel('a', 1),
      book({ id: 'c', from: 0, to: 10 }),
      book({ id: 'a', from: 20, to: 30, updated: 2 }),
      cancel('c', 3),
      book({ id: 'a', from: 0, to: 10, updated: 4 }),
    ],
  ],
])('a slot can be %s inside one group', async (name, requests) => {
  const before = [book({ id: 'a', from: 0, to: 10 }), book({ id: 'b', from: 10, to: 20 })];
  await decider.decide([{ orgId: name, requests: before }]);
  const [records] = await decider.decide([{ orgId: name, requests }]);
  expect(kinds(records)).not.toContain('conflict');
  await expectReplayed(it, name, [...before, ...requests]);
});

test('a conflict names its first blockers by start, whatever earlier requests of its group changed', async () => {
  const small = Array.from({ length: 40 }, (_, n) => book({ id: `s${n}`, from: n, to: n + 1 }));
  const moves = small.slice(0, 15).map(({ appointmentId }) => cancel(appointmentId, 1));
  const wide = book({ id: 'wide', from: 0, to: 40 });
  await decider.decide([{ orgId: 'blockers', requests: small }]);
  const alarms: Alarm[] = [];
  const alert = it.open({ onAlarm: (alarm) => alarms.push(alarm) });
  await alert.decide([{ orgId: 'blockers', requests: [...moves, wide] }]);
  expect(alarms).toEqual([]);
  await expectReplayed(it, 'blockers', [...small, ...moves, wide]);
});

test('metadata is returned as the same text', async () => {
  const metadata = '{ "b": 1e400, "a":"\\u00e9", "a": 1.10 }';
  await decider.decide([{ orgId: 'text', requests: [book({ id: 'a', from: 0, to: 1, metadata })] }]);
  const appointmentId = 'a';
  expect((await findAppointment(it.db, { orgId: 'text', appointmentId }))?.metadata).toBe(metadata);
  const { versions } = await listVersions(it.db, { orgId: 'text', appointmentId, limit: 1 });
  expect(versions[0]?.metadata).toBe(metadata);
});

test('only a request with a callback URL writes an outbox row, once', async () => {
  const callbackUrl = 'https://example.com/hook';
  const told = book({ id: 'a', from: 0, to: 1, callbackUrl });
  const requests = [told, book({ id: 'b', from: 1, to: 2 }), told];
  await decider.decide([{ orgId: 'outbox', requests }]);
  await decider.decide([{ orgId: 'outbox', requests }]);
  const rows = await it.rows(
    "select request_id, kind, url from outbox join orgs using (org_key) where org_id = 'outbox'",
  );
  expect(rows).toEqual([{ request_id: told.requestId, kind: 'callback', url: callbackUrl }]);
});

test('the recorded time of an org never goes back', async () => {
  const recorded = async (requests: ReturnType<typeof book>[]) =>
    (await decider.decide([{ orgId: 'clock', requests }]))[0]?.[0]?.decidedAt;
  await recorded([book({ id: 'a', from: 0, to: 1 })]);
  await it.raw.query("update orgs set recorded_at = '2999-01-01Z' where org_id = 'clock'");
  expect(await recorded([book({ id: 'b', from: 1, to: 2 })])).toBe(Date.UTC(2999, 0, 1));
});

test.each([
  ['a request id that is not a canonical UUID', book({ id: 'a', from: 0, to: 1, requestId: 'x' })],
  ['an upper-case request id', book({ id: 'a', from: 0, to: 1, requestId: randomUUID().toUpperCase() })],
  ['U+0000', book({ id: 'a\0', from: 0, to: 1 })],
  ['a lone surrogate', book({ id: 'a', from: 0, to: 1, resource: '\ud800' })],
  ['an empty interval', book({ id: 'a', from: 1, to: 1 })],
  ['an id that is too long', book({ id: 'a'.repeat(201), from: 0, to: 1 })],
  ['metadata that is not JSON', book({ id: 'a', from: 0, to: 1, metadata: '{' })],
])('%s fails terminally and writes nothing', async (_, request) => {
  const orgId = `terminal-${randomUUID()}`;
  const group = [{ orgId, requests: [book({ id: 'fine', from: 100, to: 101 }), request] }];
  await expect(decider.decide(group)).rejects.toThrow(TerminalError);
  const written = await it.rows('select from requests join orgs using (org_key) where org_id = $1', [orgId]);
  expect(written).toEqual([]);
});
