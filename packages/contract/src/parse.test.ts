// Batch items and times as clients may write them.

import { describe, expect, it, jest } from '@jest/globals';
import { booking } from './booking.ts';
import { MEMBERS_MAX, parseBatchItem, parseWith } from './parse.ts';
import { newEndpoint } from './webhook-resource.ts';

const BOOKING = {
  id: '1',
  start: '2030-01-01 10:00',
  end: '2030-01-01 11:00',
  createdAt: '2030-01-01 09:00',
  updatedAt: '2030-01-01 09:00',
};

function errorsOf(item: unknown): string[] {
  const parsed = parseBatchItem(item);
  return parsed.kind === 'valid' ? [] : parsed.errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('a batch item', () => {
  it('books when it does not say what it does', () => {
    const implied = parseBatchItem(BOOKING);
    expect(implied).toEqual(parseBatchItem({ op: 'book', ...BOOKING }));
    expect(implied).toMatchObject({
      kind: 'valid',
      value: { op: 'book', booking: { id: '1', orgId: 'default' } },
    });
  });

  it('is the same booking as one that is sent alone', () => {
    const alone = parseWith(booking, BOOKING);
    const item = parseBatchItem({ op: 'book', ...BOOKING });
    if (alone.kind === 'invalid' || item.kind === 'invalid') throw new Error('both parse');
    expect(item.value).toEqual({ op: 'book', booking: alone.value });
  });

  it('cancels and ignores what only a booking has, however wrong', () => {
    const cancel = { op: 'cancel', id: 7, orgId: 'acme', updatedAt: '2030-01-01T10:00:00+01:00' };
    const cancellation = {
      id: '7',
      orgId: 'acme',
      updatedAt: Date.UTC(2030, 0, 1, 9),
      callbackUrl: undefined,
    };
    expect(
      parseBatchItem({ ...cancel, start: 5, end: [], resourceId: null, createdAt: {}, metadata: 'x' }),
    ).toEqual({
      kind: 'valid',
      value: { op: 'cancel', cancellation },
    });
  });

  it('confirms, and says nothing else', () => {
    expect(parseBatchItem({ op: 'confirm', id: 7, callbackUrl: 'https://example.com/hook' })).toEqual({
      kind: 'valid',
      value: {
        op: 'confirm',
        confirmation: { id: '7', orgId: 'default', callbackUrl: 'https://example.com/hook' },
      },
    });
  });

  it.each([5, 3_600])('holds for %i seconds', (holdSeconds) => {
    expect(parseBatchItem({ ...BOOKING, holdSeconds })).toMatchObject({
      value: { booking: { holdSeconds } },
    });
    expect(parseWith(booking, { ...BOOKING, holdSeconds })).toMatchObject({ value: { holdSeconds } });
  });

  it('that cancels ignores for how long it would be held', () => {
    expect(errorsOf({ op: 'cancel', id: '1', holdSeconds: 'ever' })).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['a hold that is too short', { ...BOOKING, holdSeconds: 4 }, ['/holdSeconds too-small']],
    ['a hold that is too long', { ...BOOKING, holdSeconds: 3_601 }, ['/holdSeconds too-large']],
    ['a hold of half a second', { ...BOOKING, holdSeconds: 5.5 }, ['/holdSeconds wrong-type']],
    ['a hold of a text', { ...BOOKING, holdSeconds: '60' }, ['/holdSeconds wrong-type']],
    ['a hold of nothing', { ...BOOKING, holdSeconds: null }, ['/holdSeconds wrong-type']],
    ['a confirmation without an id', { op: 'confirm' }, ['/id required']],
    [
      'a confirmation with a time',
      { op: 'confirm', id: '1', updatedAt: BOOKING.updatedAt },
      ['/updatedAt unknown-field'],
    ],
    ['a cancellation without an id', { op: 'cancel' }, ['/id required']],
    ['a cancellation with an unknown field', { op: 'cancel', id: '1', why: 'x' }, ['/why unknown-field']],
    ['another operation', { op: 'move', ...BOOKING }, ['/op invalid']],
    ['an inverted booking', { ...BOOKING, end: '2030-01-01 09:59' }, ['/end end-not-after-start']],
    ['null', null, [' wrong-type']],
    ['a list', [], [' wrong-type']],
    ['a text', 'cancel', [' wrong-type']],
  ])('that is %s is refused in the words of its operation', (_what, item, errors) => {
    expect(errorsOf(item)).toEqual(errors);
  });
});

describe('a time', () => {
  it.each([
    ['2030-01-01 10:00', '2030-01-01T10:00:00.000Z'],
    ['2030-01-01 10:00:59', '2030-01-01T10:00:59.000Z'],
    ['2030-01-01T10:00Z', '2030-01-01T10:00:00.000Z'],
    ['2030-01-01T10:00:00.5Z', '2030-01-01T10:00:00.500Z'],
    ['2030-01-01T10:00:00.123+02:00', '2030-01-01T08:00:00.123Z'],
    ['2030-01-01T00:30:00-01:00', '2030-01-01T01:30:00.000Z'],
    ['2028-02-29 10:00', '2028-02-29T10:00:00.000Z'],
    ['1970-01-01 00:00', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31 23:59:59.999', '9999-12-31T23:59:59.999Z'],
  ])('%j is %s', (createdAt, iso) => {
    const parsed = parseWith(booking, { ...BOOKING, createdAt });
    expect(parsed).toMatchObject({ kind: 'valid', value: { createdAt: Date.parse(iso) } });
  });

  it.each([
    '2030-02-30 10:00',
    '2029-02-29 10:00',
    '2030-01-01 24:00',
    '2030-01-01 10:60',
    '2030-01-01T10:00:60Z',
    '2030-01-01T10:00:00.1234Z',
    '2030-01-01',
    '2030-1-1 10:00',
    '1969-12-31 23:59',
    '9999-12-31T23:59:59-01:00',
    '10000-01-01 00:00',
    ' 2030-01-01 10:00',
    '2030-01-01 10:00 ',
    '2030-01-01T10:00:00+24:00',
    'now',
    '',
  ])('%j is none', (createdAt) => {
    expect(errorsOf({ ...BOOKING, createdAt })).toEqual(['/createdAt invalid-timestamp']);
  });
});

describe('an object', () => {
  const withUnknown = (count: number) => ({
    ...BOOKING,
    ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, at])),
  });
  const own = Object.keys(BOOKING).length;

  it('of more members than any schema has is refused with one error, before the schema looks at each', () => {
    const safeParse = jest.spyOn(booking, 'safeParse');
    const parsed = parseWith(booking, withUnknown(MEMBERS_MAX - own + 1));
    expect(parsed).toMatchObject({ kind: 'invalid', errors: [{ pointer: '', code: 'too-many-fields' }] });
    expect(safeParse).not.toHaveBeenCalled();
    safeParse.mockRestore();
  });

  it('of as many members as are looked at has each unknown one named', () => {
    const parsed = parseWith(booking, withUnknown(MEMBERS_MAX - own));
    expect(parsed).toMatchObject({ kind: 'invalid', moreErrors: 0 });
    expect(parsed.kind === 'invalid' && parsed.errors).toHaveLength(MEMBERS_MAX - own);
  });

  it('with a list of more entries than any list has is refused with one error', () => {
    const events = Array.from({ length: MEMBERS_MAX + 1 }, () => 'no such event');
    expect(parseWith(newEndpoint, { url: 'https://example.com', events })).toMatchObject({
      kind: 'invalid',
      errors: [{ pointer: '/events', code: 'too-large' }],
    });
  });
});
