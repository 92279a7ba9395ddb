// Atomic batches in the deciding transaction: one request and one row, with several versions or none.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BATCH_WISHES_MAX } from '@slotline/core';

import {
  findRequests,
  GROUP_REQUESTS_MAX,
  TerminalError,
  type AcceptedRequest,
  type Decider,
} from '../src/index.ts';
import { at, batch, book, cancel, confirm, kinds } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
let committed = 0;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open({ failpoint: (point) => void (committed += point === 'committed' ? 1 : 0) });
});
afterAll(() => it.close());

const stand = (id: string, from: number) => book({ id, from, to: from + 10 });
const move = (id: string, from: number, resource = 'room') =>
  book({ id, from, to: from + 10, updated: 1, resource });

/** Books a, b and c one after the other, decides the batch, and returns its outcome. */
async function decideBatch(orgId: string, request: AcceptedRequest) {
  const before = [stand('a', 0), stand('b', 10), stand('c', 20)];
  await decider.decide([{ orgId, requests: before }]);
  const [records] = await decider.decide([{ orgId, requests: [request] }]);
  await expectReplayed(it, orgId, [...before, request]);
  return records?.[0]?.outcome;
}

test.each([
  ['two appointments swap slots', batch(move('a', 10), move('b', 0))],
  ['three appointments exchange slots in a cycle', batch(move('a', 10), move('b', 20), move('c', 0))],
  ['an appointment takes the slot of a cancelled one', batch(move('a', 10), cancel('b', 1))],
  [
    'an appointment changes its resource and a new one takes its slot',
    batch(move('a', 0, 'hall'), book({ id: 'd', from: 0, to: 10 })),
  ],
  [
    'an appointment extends over the slots of two others that are vacated',
    batch(book({ id: 'a', from: 0, to: 30, updated: 1 }), cancel('b', 1), move('c', 60)),
  ],
])('%s in one batch', async (name, request) => {
  committed = 0;
  const outcome = await decideBatch(name, request);
  expect(outcome?.kind).toBe('applied');
  // More transactions would mean that the exclusion constraint refused an intermediate state.
  expect(committed).toBe(2);
});

test.each([
  ['wishes that overlap each other', batch(move('a', 50), book({ id: 'd', from: 55, to: 65 }))],
  ['a wish that overlaps an appointment that stays', batch(move('a', 20), move('b', 0))],
  ['a stale wish', batch(move('a', 50), book({ id: 'b', from: 60, to: 70 }))],
  ['a confirmation of an appointment that is not held', batch(move('a', 50), confirm('b'))],
  ['a cancellation of an unknown appointment', batch(move('a', 50), cancel('nobody', 1))],
])('a batch with %s is refused as a whole', async (name, request) => {
  const outcome = await decideBatch(name, request);
  expect(outcome?.kind).toBe('refused');
  const versions = await it.rows(
    'select from appointment_versions join orgs using (org_key) where org_id = $1',
    [name],
  );
  expect(versions).toHaveLength(3);
});

test('a batch is one request: one row without an appointment id, one decision sequence, one outbox row', async () => {
  const callbackUrl = 'https://example.com/hook';
  const request = { ...batch(stand('a', 0), stand('b', 10)), callbackUrl };
  const requests = [request, stand('c', 20)];
  const [records] = await decider.decide([{ orgId: 'row', requests }]);
  const created = { kind: 'created', version: 1 };
  const outcomes = [
    { appointmentId: 'a', ...created },
    { appointmentId: 'b', ...created },
  ];
  const outcome = { kind: 'applied', outcomes };
  expect(records?.[0]).toMatchObject({ appointmentId: '', operation: 'batch', outcome });
  expect((await findRequests(it.db, [request.requestId])).get(request.requestId)).toEqual(records?.[0]);
  const ofBatch = (columns: string, table: string) =>
    it.rows(`select ${columns} from ${table} where request_id = $1 order by 1`, [request.requestId]);
  expect(await ofBatch('kind, url', 'outbox')).toEqual([{ kind: 'callback', url: callbackUrl }]);
  expect(await ofBatch('sequence, appointment_id', 'appointment_versions')).toMatchObject([
    { sequence: '1', appointment_id: 'a' },
    { sequence: '2', appointment_id: 'b' },
  ]);
  await expectReplayed(it, 'row', requests);
});

test('a refused batch reports the outcome of each wish', async () => {
  const standing = [stand('a', 0), stand('b', 10)];
  const request = batch(move('a', 10), stand('d', 40), cancel('nobody', 1));
  await decider.decide([{ orgId: 'each', requests: standing }]);
  const [records] = await decider.decide([{ orgId: 'each', requests: [request] }]);
  const outcomes = [
    {
      appointmentId: 'a',
      kind: 'conflict',
      conflictsWith: [{ id: 'b', start: at(10), end: at(20), version: 1 }],
    },
    { appointmentId: 'd', kind: 'not-applied' },
    { appointmentId: 'nobody', kind: 'not-found' },
  ];
  expect(records?.[0]?.outcome).toEqual({ kind: 'refused', outcomes });
  expect((await findRequests(it.db, [request.requestId])).get(request.requestId)).toEqual(records?.[0]);
});

test('a batch names the first blockers of many, independent of those that its other wishes remove', async () => {
  const small = Array.from({ length: 40 }, (_, n) => book({ id: `s${n}`, from: n, to: n + 1 }));
  const wide = book({ id: 'wide', from: 0, to: 40 });
  const away = small.slice(0, 15).map(({ appointmentId }) => cancel(appointmentId, 1));
  const requests = [cancel('s20', 1), batch(wide, ...away)];
  await decider.decide([{ orgId: 'blockers', requests: small }]);
  committed = 0;
  await decider.decide([{ orgId: 'blockers', requests }]);
  // More transactions would mean that the exclusion constraint found blockers that the look-ups missed.
  expect(committed).toBe(1);
  await expectReplayed(it, 'blockers', [...small, ...requests]);
});

test('a group decided again after its commit returns the same outcomes and writes nothing', async () => {
  const requests = [batch(stand('a', 0), stand('b', 10)), batch(move('a', 10), move('b', 0)), stand('d', 5)];
  const group = [{ orgId: 'again', requests: [...requests, ...requests] }];
  const records = await decider.decide(group);
  expect(records.flatMap(kinds).slice(0, 3)).toEqual(['applied', 'applied', 'conflict']);
  expect(await decider.decide(group)).toEqual(records);
  await expectReplayed(it, 'again', requests);
});

test('batches with more wishes than one transaction takes are decided in several transactions, in order', async () => {
  const count = GROUP_REQUESTS_MAX / BATCH_WISHES_MAX + 1;
  const full = (_: unknown, n: number) =>
    batch(
      ...Array.from({ length: BATCH_WISHES_MAX }, (_, m) =>
        book({ id: `${n}-${m}`, from: 300 * n + m, to: 300 * n + m + 1 }),
      ),
    );
  const requests = [...Array.from({ length: count }, full), move('0-0', 9_000)];
  committed = 0;
  const [records] = await decider.decide([{ orgId: 'many', requests }]);
  expect(kinds(records)).toEqual([...Array<string>(count).fill('applied'), 'updated']);
  expect(committed).toBe(2);
  await expectReplayed(it, 'many', requests);
});

test.each([
  ['U+0000', batch(stand('a', 0), stand('b\0', 10))],
  ['a lone surrogate', batch(stand('a', 0), book({ id: 'b', from: 10, to: 20, resource: '\ud800' }))],
  ['an empty interval', batch(stand('a', 0), book({ id: 'b', from: 10, to: 10 }))],
])('a batch with %s in one wish fails terminally and writes nothing', async (name, request) => {
  await expect(decider.decide([{ orgId: name, requests: [request] }])).rejects.toThrow(TerminalError);
  expect(await it.rows('select from requests where request_id = $1', [request.requestId])).toEqual([]);
});
