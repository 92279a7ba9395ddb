import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { validate, version } from 'uuid';
import { keyedRequestId, newRequestId } from './submission.ts';

it('a keyed id never changes, so retries across years and releases keep it', () => {
  expect(keyedRequestId({ orgId: 'acme', key: 'k-1' })).toBe('e983ca3c-18ae-8a45-b5a1-7967d69a2456');
  expect(keyedRequestId({ orgId: 'Zürich 🗓', key: 'k-2' })).toBe('c6cb97f5-4fb0-818b-8bfe-dbe3a1c0932c');
});

it('a keyed id is an RFC 9562 UUID of version 8, in lower case as PostgreSQL returns it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (orgId, key) => {
      const id = keyedRequestId({ orgId, key });
      expect([validate(id), version(id), id]).toEqual([true, 8, id.toLowerCase()]);
    }),
  );
});

it('org and key cannot be confused where they join', () => {
  const pairs = [
    ['a', 'bc'],
    ['ab', 'c'],
    ['abc', ''],
    ['', 'abc'],
    ['b', 'bc'],
    ['a', 'BC'],
  ] as const;
  const ids = pairs.map(([orgId, key]) => keyedRequestId({ orgId, key }));
  expect(new Set(ids).size).toBe(pairs.length);
});

describe('an item of a keyed batch', () => {
  const idOf = (key: string, item?: number) => keyedRequestId({ orgId: 'acme', key, item });

  it('has the same id in every release', () => {
    expect(idOf('k-1', 0)).toBe('b662198f-1cfa-8434-9cff-ec4a6e8034de');
  });

  it('never has the id of another key, even one that looks like an item’s name', () => {
    const keys = ['k', 'k#', 'k#0', 'k#1', 'k#0#1', 'k#00', '#0', 'k#0 '];
    const ids = keys.flatMap((key) => [idOf(key), idOf(key, 0), idOf(key, 1), idOf(key, 10)]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a new id', () => {
  it('is ordered by time and unique', () => {
    const ids = Array.from({ length: 20_000 }, newRequestId);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('is an RFC 9562 UUID of version 7 that contains the time', () => {
    const before = Date.now();
    const id = newRequestId();
    expect([validate(id), version(id), id]).toEqual([true, 7, id.toLowerCase()]);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBeGreaterThanOrEqual(before);
  });

  it('has random bits that cannot be guessed from the previous id', () => {
    const tails = Array.from({ length: 1_000 }, () => newRequestId().slice(24));
    expect(new Set(tails).size).toBe(1_000);
  });

  it('is greater than the previous id even when the clock was set back', () => {
    const now = jest.spyOn(Date, 'now');
    const before = newRequestId();
    now.mockReturnValue(0);
    const ids = Array.from({ length: 10 }, newRequestId);
    now.mockRestore();
    expect([before, ...ids, newRequestId()]).toEqual([before, ...ids.toSorted(), expect.any(String)]);
    expect((ids[0] ?? '') > before).toBe(true);
  });
});
