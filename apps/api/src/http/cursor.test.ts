import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { placeInstant, readCursor, writeCursor } from './cursor.ts';

const PLACE = z.tuple([placeInstant, z.string()]);
const SCOPE = { list: 'appointments', query: { orgId: 'acme', from: 5, resourceId: undefined, limit: 10 } };

function codeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('a cursor', () => {
  it.each([[[0, 'a']], [[253_402_300_799_999, 'Fenster 🪟 " \\ / \u0001'.repeat(8)]]])(
    'gives back the place that it was made of: %j',
    (place) => {
      const cursor = writeCursor(SCOPE, place);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(readCursor(SCOPE, cursor, PLACE)).toEqual(place);
    },
  );

  it('is for any page size and any order of the parameters, and for a parameter left out', () => {
    const cursor = writeCursor(SCOPE, [1, 'a']);
    const query = { limit: 500, from: 5, orgId: 'acme', minSequence: 3 };
    expect(readCursor({ list: 'appointments', query }, cursor, PLACE)).toEqual([1, 'a']);
  });

  it.each([
    ['another org', { ...SCOPE, query: { ...SCOPE.query, orgId: 'other' } }],
    ['another window', { ...SCOPE, query: { ...SCOPE.query, from: 6 } }],
    ['a further filter', { ...SCOPE, query: { ...SCOPE.query, resourceId: 'r' } }],
    ['another list', { ...SCOPE, list: 'requests' }],
  ])('of %s is refused', (_what, scope) => {
    const cursor = writeCursor(scope, [1, 'a']);
    expect(codeOf(() => readCursor(SCOPE, cursor, PLACE))).toBe('invalid-cursor');
  });

  it.each([
    'x',
    '%%%',
    '🪟',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('null').toString('base64url'),
    Buffer.from('[]').toString('base64url'),
    Buffer.from('["', 'utf8').toString('base64url'),
    writeCursor(SCOPE, []),
    writeCursor(SCOPE, ['1', 'a']),
    writeCursor(SCOPE, [1]),
    writeCursor(SCOPE, [1, 'a', 'b']),
    writeCursor(SCOPE, [-1, 'a']),
    writeCursor(SCOPE, [1.5, 'a']),
    writeCursor(SCOPE, [1e300, 'a']),
  ])('that is garbage is refused: %s', (cursor) => {
    expect(codeOf(() => readCursor(SCOPE, cursor, PLACE))).toBe('invalid-cursor');
  });
});
