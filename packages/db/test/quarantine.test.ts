// The quarantine that operators see: each entry once, newest first, with its text and the cause.

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import {
  findQuarantined,
  listQuarantine,
  retryRequestId,
  type Decider,
  type Poison,
  type QuarantinedRequest,
  type QuarantineQuery,
} from '../src/index.ts';
import { PAGE_BYTES_MAX } from '../src/sql/page-bytes.ts';
import { RAW_LENGTH_MAX } from '../src/decider/quarantine-request.ts';
import { at, book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());

function poison(fields: Partial<Poison> = {}): Poison {
  const unread = { appointmentId: '', operation: '', raw: '{', detail: 'told', acceptedAt: at(0) };
  return { orgId: 'org', requestId: randomUUID(), ...unread, ...fields };
}

/** All pages from first to last. */
async function walk(query: QuarantineQuery) {
  const pages: (readonly QuarantinedRequest[])[] = [];
  for (let { after } = query; ;) {
    const { requests, next } = await listQuarantine(it.db, { ...query, after });
    pages.push(requests);
    if (next === undefined) return pages;
    after = next;
  }
}

test('an entry has its text, cause and time, and clients see only the detail', async () => {
  const one = poison({ appointmentId: 'a', operation: 'book', raw: '{"v":1}', cause: 'a check said no' });
  const record = await decider.quarantine(one);
  expect(record.outcome).toEqual({ kind: 'quarantined', detail: 'told' });
  const found = await findQuarantined(it.db, one.requestId);
  expect(found).toEqual({
    ...{ requestId: one.requestId, orgId: 'org', appointmentId: 'a', operation: 'book', raw: '{"v":1}' },
    ...{ cause: 'a check said no', acceptedAt: at(0), quarantinedAt: record.decidedAt },
  });
  expect((await listQuarantine(it.db, { limit: 1 })).requests).toEqual([found]);
});

test('a decided request, an unknown id and a malformed id are not found in the quarantine', async () => {
  const request = book({ id: 'fine', from: 0, to: 10 });
  await decider.decide([{ orgId: 'org', requests: [request] }]);
  for (const id of [request.requestId, randomUUID(), 'no id'])
    expect(await findQuarantined(it.db, id)).toBeUndefined();
});

test('an entry that was recorded without a cause has none', async () => {
  const { requestId } = await decider.quarantine(poison());
  expect((await findQuarantined(it.db, requestId))?.cause).toBeNull();
});

test('a text that may be truncated is not returned', async () => {
  const cut = await decider.quarantine(poison({ raw: 'x'.repeat(RAW_LENGTH_MAX) }));
  const whole = await decider.quarantine(poison({ raw: 'x'.repeat(RAW_LENGTH_MAX - 1) }));
  expect((await findQuarantined(it.db, cut.requestId))?.raw).toBeNull();
  expect((await findQuarantined(it.db, whole.requestId))?.raw).toHaveLength(RAW_LENGTH_MAX - 1);
}, 30_000);

test('pages contain every entry once, newest first, of all orgs or of one', async () => {
  const orgs = [randomUUID(), randomUUID(), randomUUID()];
  const made: { requestId: string; orgId: string; decidedAt: number }[] = [];
  for (let n = 0; n < 12; n++) made.push(await decider.quarantine(poison({ orgId: orgs[n % 3] ?? '' })));
  const all = (await walk({ limit: 5 })).flat();
  expect(new Set(all.map(({ requestId }) => requestId)).size).toBe(all.length);
  expect(all.map(({ quarantinedAt }) => quarantinedAt)).toEqual(
    all.map(({ quarantinedAt }) => quarantinedAt).sort((a, b) => b - a),
  );
  expect(all.map(({ requestId }) => requestId)).toEqual(
    expect.arrayContaining(made.map(({ requestId }) => requestId)),
  );
  for (const orgId of orgs) {
    const wanted = made.filter((one) => one.orgId === orgId).map(({ requestId }) => requestId);
    const pages = await walk({ orgId, limit: 3 });
    expect(pages.map(({ length }) => length)).toEqual([3, 1]);
    expect(pages.flat().map(({ requestId }) => requestId)).toEqual(wanted.reverse());
  }
  expect(await walk({ orgId: 'nobody', limit: 3 })).toEqual([[]]);
});

test('a page of large entries is short but not empty, and no entry is missing', async () => {
  const orgId = randomUUID();
  // Three bytes per character, so one entry fits on a page and two do not.
  const raw = '\u20ac'.repeat(Math.ceil(PAGE_BYTES_MAX / 4));
  for (let n = 0; n < 3; n++) await decider.quarantine(poison({ orgId, raw }));
  const pages = await walk({ orgId, limit: 10 });
  expect(pages.map(({ length }) => length)).toEqual([1, 1, 1]);
}, 30_000);

test.each(['', 'x', '1-2', '1-2-x', '999999999999999-1-1', '1-9999999999-1'])(
  'the place %j is refused',
  async (after) => {
    await expect(listQuarantine(it.db, { after, limit: 1 })).rejects.toThrow(RangeError);
  },
);

test('the request id of a retry is always the same for a request and differs between orgs', () => {
  const requestId = '00000000-0000-7000-8000-000000000001';
  expect(retryRequestId({ orgId: 'acme', requestId })).toBe(retryRequestId({ orgId: 'acme', requestId }));
  expect(retryRequestId({ orgId: 'acme', requestId })).toMatch(
    /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-/,
  );
  expect(retryRequestId({ orgId: 'other', requestId })).not.toBe(
    retryRequestId({ orgId: 'acme', requestId }),
  );
});
