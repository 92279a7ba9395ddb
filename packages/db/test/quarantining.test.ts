import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { findRequests, type Decider, type Poison } from '../src/index.ts';
import { at, batch, book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());

const nothing = { orgId: 'org', requestId: '', appointmentId: '', operation: '', detail: 'unreadable' };

function rawOf(requestId: string | undefined) {
  return it.rows('select raw_payload, decision_sequence from requests where request_id = $1', [requestId]);
}

test('an unreadable entry is recorded once and found by its derived id', async () => {
  const poison = { ...nothing, raw: '{"half', acceptedAt: at(0) };
  const record = await decider.quarantine(poison);
  expect(record).toMatchObject({
    operation: 'unknown',
    outcome: { kind: 'quarantined', detail: 'unreadable' },
  });
  expect(await decider.quarantine(poison)).toEqual(record);
  expect((await findRequests(it.db, [record.requestId])).get(record.requestId)).toEqual(record);
  expect(await rawOf(record.requestId)).toMatchObject([{ raw_payload: '{"half' }]);
});

test('a request that was decided keeps its outcome', async () => {
  const request = book({ id: 'a', from: 0, to: 10 });
  const [records] = await decider.decide([{ orgId: 'org', requests: [request] }]);
  const { requestId, appointmentId, operation, acceptedAt } = request;
  const poison = { orgId: 'org', requestId, appointmentId, operation, raw: '', detail: 'late', acceptedAt };
  expect(await decider.quarantine(poison)).toEqual(records?.[0]);
});

test('a quarantined request is never decided again', async () => {
  const request = book({ id: 'q', from: 20, to: 30 });
  const { requestId, appointmentId, operation, acceptedAt } = request;
  const poison = { orgId: 'org', requestId, appointmentId, operation, raw: 'x', detail: 'bad', acceptedAt };
  const record = await decider.quarantine(poison);
  expect(await decider.decide([{ orgId: 'org', requests: [request] }])).toEqual([[record]]);
});

test.each([
  ['book', 'a'],
  ['cancel', 'a'],
  ['confirm', 'a'],
  ['expire', 'a'],
  ['batch', ''],
])(
  'an entry with the operation %s can be quarantined and is never decided',
  async (operation, appointmentId) => {
    const entry = { ...nothing, appointmentId, operation, raw: operation, acceptedAt: at(0) };
    const record = await decider.quarantine(entry);
    expect(record).toMatchObject({ operation, appointmentId, outcome: { kind: 'quarantined' } });
    expect((await findRequests(it.db, [record.requestId])).get(record.requestId)).toEqual(record);
    const late = { ...batch(book({ id: 'late', from: 90, to: 99 })), requestId: record.requestId };
    expect(await decider.decide([{ orgId: nothing.orgId, requests: [late] }])).toEqual([[record]]);
  },
);

test('a quarantined request with a callback URL writes an outbox row', async () => {
  const url = 'https://example.com/hook';
  const { requestId } = await decider.quarantine({
    ...nothing,
    raw: 'told',
    acceptedAt: at(0),
    callbackUrl: url,
  });
  expect(await it.rows('select url from outbox where request_id = $1', [requestId])).toEqual([{ url }]);
});

// A failure report of fast-check contains the seed and the path.
test('an entry with any content can be stored, and decision sequences stay gapless', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 400 });
  const nasty = fc.oneof(text, fc.constantFrom('', '\0', '\ud800', '\udc00\0', 'x'.repeat(200_000)));
  const poison = fc.record({
    orgId: fc.oneof(fc.constant(''), nasty),
    requestId: nasty,
    appointmentId: nasty,
    operation: nasty,
    raw: nasty,
    detail: nasty,
    acceptedAt: fc.oneof(fc.constant(at(0)), fc.double(), fc.constant(undefined)),
    callbackUrl: fc.option(nasty, { nil: undefined }),
    fingerprint: fc.option(nasty, { nil: undefined }),
  }) as fc.Arbitrary<Poison>;
  await fc.assert(
    fc.asyncProperty(poison, async (entry) => {
      const record = await decider.quarantine(entry);
      expect(record.outcome.kind).toBe('quarantined');
      expect(await rawOf(record.requestId)).toHaveLength(1);
    }),
    { numRuns: 100 },
  );
  const gaps = await it.rows(
    'select from requests group by org_key having max(decision_sequence) <> count(*)',
  );
  expect(gaps).toEqual([]);
});
