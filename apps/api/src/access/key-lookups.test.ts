// However many key ids strangers invent, PostgreSQL sees one small statement at a time.

import { expect, it } from '@jest/globals';
import { KEYS_FOUND_MAX, type StoredKey } from '@slotline/db';
import { createKeyLookups, type FindKeys } from './key-lookups.ts';

/** Finds the ids that begin with `k`, and records the requested ids. */
function counting() {
  const statements: number[] = [];
  let underWay = 0;
  const find: FindKeys = async (keyIds) => {
    underWay += 1;
    if (underWay > 1) throw new Error('two statements at once');
    statements.push(keyIds.length);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return keyIds.filter((keyId) => keyId.startsWith('k')).map((keyId) => ({ keyId }) as StoredKey);
  };
  return { find, statements };
}

it('a flood of ids becomes few statements, one at a time, and each caller gets its own key', async () => {
  const { find, statements } = counting();
  const lookups = createKeyLookups({ find });
  const ids = Array.from({ length: 4_000 }, (_, at) => (at % 7 === 0 ? `k${at}` : `x${at}`));
  const found = await Promise.all(ids.map((id) => lookups.find(id)));
  expect(found.map((key) => key?.keyId)).toEqual(ids.map((id) => (id.startsWith('k') ? id : undefined)));
  expect(statements).toHaveLength(1 + Math.ceil(3_999 / KEYS_FOUND_MAX));
  expect(Math.max(...statements)).toBe(KEYS_FOUND_MAX);
});

it('concurrent requests for one id share its look-up', async () => {
  const { find, statements } = counting();
  const lookups = createKeyLookups({ find });
  const asks = [lookups.find('k1'), lookups.find('k1'), lookups.find('x2'), lookups.find('x2')];
  expect((await Promise.all(asks)).map((key) => key?.keyId)).toEqual(['k1', 'k1', undefined, undefined]);
  expect(statements).toEqual([1, 1]);
});

it('an id beyond the limit of waiting ids is refused as unavailable, and no other is', async () => {
  const { find } = counting();
  const lookups = createKeyLookups({ find, waitingMax: 2 });
  const asks = ['k1', 'k2', 'k3', 'k4'].map((keyId) => lookups.find(keyId));
  await expect(asks[3]).rejects.toMatchObject({ code: 'unavailable' });
  expect((await Promise.all(asks.slice(0, 3))).map((key) => key?.keyId)).toEqual(['k1', 'k2', 'k3']);
});

it('a failed statement rejects the look-ups waiting for it, and later ones succeed', async () => {
  let failures = 1;
  const { find } = counting();
  const failing: FindKeys = (keyIds) => (failures-- > 0 ? Promise.reject(new Error('away')) : find(keyIds));
  const lookups = createKeyLookups({ find: failing });
  await expect(lookups.find('k1')).rejects.toThrow('away');
  expect((await lookups.find('k1'))?.keyId).toBe('k1');
});
