// Which requests count as the same under one idempotency key.

import { describe, expect, it } from '@jest/globals';
import { booking, parseBatchItem, parseWith, readAtomicItem, toAtomicBatch } from '@slotline/contract';
import { INSTANT_MAX, type Instant } from '@slotline/core';
import { BatchFingerprint, fingerprintOf } from './fingerprint.ts';
import {
  ask,
  submitAtomicBatch,
  submitBooking,
  submitCancellation,
  submitConfirmation,
  type Submission,
} from './submission.ts';

const BOOKING = {
  id: '42',
  start: '2030-01-01 10:00',
  end: '2030-01-01 11:00',
  createdAt: '2030-01-01 09:00',
  updatedAt: '2030-01-01 09:00',
  callbackUrl: 'https://example.com/hook',
  metadata: { notes: 'x', nested: { list: [1, 2], a: null } },
};

function printOf(body: object, acceptedAt = 0): string {
  const parsed = parseWith(booking, body);
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
  const { fingerprint = 'none' } = submitBooking(parsed.value, {
    key: 'k',
    acceptedAt: acceptedAt as Instant,
  });
  return fingerprint;
}

describe('a fingerprint', () => {
  it('is 22 characters and never changes', () => {
    expect(fingerprintOf({ b: [1, { d: 'x', c: null }], a: 'ü' })).toBe('V0gY-f0RsZ_XMmwNYnmI_A');
  });

  it.each([undefined, 'https://example.com/"x"'])(
    'of a batch is computed item by item, callback %s',
    (callbackUrl) => {
      const items = [{ b: 1, a: 'ü' }, { op: 'cancel' }];
      const print = new BatchFingerprint(callbackUrl);
      for (const item of items) print.add(item);
      expect(print.end()).toBe(fingerprintOf({ op: 'batch', items, callbackUrl }));
    },
  );

  it('does not depend on the order of members, at any depth', () => {
    expect(fingerprintOf({ a: 1, b: { c: 2, d: [{ e: 3, f: 4 }] } })).toBe(
      fingerprintOf({ b: { d: [{ f: 4, e: 3 }], c: 2 }, a: 1 }),
    );
  });

  it.each<[unknown, unknown]>([
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: '1' }],
    [{ a: 1 }, { b: 1 }],
    [{ a: null }, {}],
    [{ a: { b: 1 } }, { a: {}, b: 1 }],
    [[], {}],
    ['1', 1],
    [{ a: 'b:c' }, { 'a:b': 'c' }],
  ])('distinguishes %j from %j', (one, other) => {
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  });
});

describe('a booking under a key', () => {
  it('is the same in any order of its members, those of its metadata included', () => {
    const reordered = {
      ...Object.fromEntries(Object.entries(BOOKING).reverse()),
      metadata: { nested: { a: null, list: [1, 2] }, notes: 'x' },
    };
    expect(printOf(reordered)).toBe(printOf(BOOKING));
  });

  it('is the same for another spelling of the same times, id and org, at any time', () => {
    const respelled = {
      ...BOOKING,
      id: 42,
      start: '2030-01-01T12:00:00.000+02:00',
      orgId: 'default',
      resourceId: 'default',
    };
    expect(printOf(respelled, 1_000)).toBe(printOf(BOOKING, 2_000));
  });

  it.each<[string, object]>([
    ['start', { start: '2030-01-01 10:01' }],
    ['id', { id: '43' }],
    ['resource', { resourceId: 'room-2' }],
    ['updatedAt', { updatedAt: '2030-01-01 09:00:00.001' }],
    ['hold', { holdSeconds: 60 }],
    ['callback', { callbackUrl: 'https://example.com/other' }],
    ['metadata', { metadata: { ...BOOKING.metadata, nested: { list: [2, 1], a: null } } }],
  ])('is another one with another %s', (_what, changed) => {
    expect(printOf({ ...BOOKING, ...changed })).not.toBe(printOf(BOOKING));
  });

  it('has no fingerprint without a key, because its id is new', () => {
    const parsed = parseWith(booking, BOOKING);
    if (parsed.kind === 'invalid') throw new Error('it parses');
    expect(submitBooking(parsed.value, { key: undefined, acceptedAt: 0 as Instant })).not.toHaveProperty(
      'fingerprint',
    );
  });
});

describe('a cancellation under a key', () => {
  function cancel(input: object, acceptedAt: number) {
    const parsed = parseBatchItem({ op: 'cancel', ...input });
    if (parsed.kind === 'invalid' || parsed.value.op !== 'cancel') throw new Error('it parses');
    return submitCancellation(parsed.value.cancellation, { key: 'k', acceptedAt: acceptedAt as Instant });
  }

  it('without updatedAt takes effect when accepted, and every retry is the same request', () => {
    const [first, later] = [cancel({ id: '42' }, 1), cancel({ id: '42' }, 2)];
    expect([first.job, later.job]).toMatchObject([{ updatedAt: 1 }, { updatedAt: 2 }]);
    expect([later.requestId, later.fingerprint]).toEqual([first.requestId, first.fingerprint]);
  });

  it('differs from a booking of the same appointment', () => {
    expect(cancel({ id: '42', updatedAt: BOOKING.updatedAt }, 0).fingerprint).not.toBe(printOf(BOOKING));
  });
});

describe('a hold under a key', () => {
  it('ends its duration after acceptance, and every retry is the same request', () => {
    const body = { ...BOOKING, holdSeconds: 60 };
    expect(printOf(body, 1_000)).toBe(printOf(body, 9_000));
    expect(printOf(body)).not.toBe(printOf({ ...body, holdSeconds: 61 }));
    const parsed = parseWith(booking, body);
    if (parsed.kind === 'invalid') throw new Error('it parses');
    const { job } = submitBooking(parsed.value, { key: 'k', acceptedAt: 1_000 as Instant });
    expect(job).toMatchObject({ acceptedAt: 1_000, heldUntil: 61_000 });
    expect(job).not.toHaveProperty('holdSeconds');
  });

  it('never ends after the last supported instant', () => {
    const parsed = parseWith(booking, { ...BOOKING, holdSeconds: 60 });
    if (parsed.kind === 'invalid') throw new Error('it parses');
    const { job } = submitBooking(parsed.value, { key: 'k', acceptedAt: INSTANT_MAX });
    expect(job).toMatchObject({ heldUntil: INSTANT_MAX });
  });
});

describe('a confirmation under a key', () => {
  const arrival = { key: 'k', acceptedAt: 0 as Instant };
  const asked = { id: '42', orgId: 'default', callbackUrl: undefined };

  it('differs from a cancellation, and from a confirmation with a callback', () => {
    const prints = [
      submitConfirmation(asked, arrival),
      submitConfirmation({ ...asked, callbackUrl: 'https://example.com/hook' }, arrival),
      submitCancellation({ ...asked, updatedAt: undefined }, arrival),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(3);
  });
});

describe('an atomic batch under a key', () => {
  const ITEMS = [
    { ...BOOKING, callbackUrl: undefined },
    { op: 'cancel', id: 'b' },
  ];

  function batch(
    inputs: object[],
    { at = 0, callbackUrl }: { at?: number; callbackUrl?: string } = {},
  ): Submission {
    const parsed = toAtomicBatch((JSON.parse(JSON.stringify(inputs)) as unknown[]).map(readAtomicItem));
    if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
    const print = new BatchFingerprint(callbackUrl);
    for (const item of parsed.value.items) print.add(ask(item));
    const asked = { ...parsed.value, callbackUrl, fingerprint: () => print.end() };
    return submitAtomicBatch(asked, { key: 'k', acceptedAt: at as Instant });
  }

  it('is one request with one id and one fingerprint on every retry', () => {
    const [first, later] = [batch(ITEMS, { at: 1 }), batch(ITEMS, { at: 2 })];
    expect(first.job).toMatchObject({ operation: 'batch', acceptedAt: 1 });
    expect([later.requestId, later.fingerprint]).toEqual([first.requestId, first.fingerprint]);
  });

  it('differs in another order, with another item, a hold or a callback', () => {
    const [one = {}, other = {}] = ITEMS;
    const prints = [
      batch(ITEMS),
      batch([other, one]),
      batch([one]),
      batch([one, { op: 'cancel', id: 'c' }]),
      batch([{ ...one, holdSeconds: 60 }, other]),
      batch(ITEMS, { callbackUrl: 'https://example.com/hook' }),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(6);
  });

  it('differs from its only item alone', () => {
    const [one = {}] = ITEMS;
    expect(batch([one]).fingerprint).not.toBe(printOf({ ...BOOKING, callbackUrl: undefined }));
  });
});
