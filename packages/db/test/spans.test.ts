// The schema and `spans.ts` agree on spans: a row is never longer than the maximum length of its span.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';

import { placeSpans, SPAN_LENGTHS_MS } from '../src/sql/spans.ts';
import { at } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

test.each(['appointments', 'appointment_versions'])(
  'the span of a row of %s is the one that spans.ts gives for its length',
  async (table) => {
    const [column] = await it.rows<{ expression: string }>(
      `select pg_get_expr(d.adbin, d.adrelid) as expression from pg_attrdef d
     join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
     where d.adrelid = $1::regclass and a.attname = 'span'`,
      [table],
    );
    const longest = SPAN_LENGTHS_MS.slice(0, -1);
    const lengths = [
      1,
      ...longest.flatMap((lengthMs) => [lengthMs - 1, lengthMs, lengthMs + 1]),
      250_000_000_000_000,
    ];
    const found = await it.rows<{ span: number }>(
      `select (${column?.expression}) as span from (
       select timestamptz '1970-01-01Z' as starts_at, timestamptz '1970-01-01Z' + n * interval '1 millisecond' as ends_at
       from unnest($1::bigint[]) with ordinality as k(n, place) order by place
     ) rows`,
      [lengths],
    );
    const wanted = lengths.map((lengthMs) => SPAN_LENGTHS_MS.findIndex((longestMs) => lengthMs <= longestMs));
    expect(found.map(({ span }) => span)).toEqual(wanted);
  },
);

test('a scan begins at the first start that can reach into the window, or after the previous page if later', () => {
  const from = at(60);
  const start = (at(45) + 1) as Instant;
  const { starts, ids } = placeSpans({ from, after: { start, id: 'a' } });
  const firstOfHalfHours = new Date(at(30) + 1).toISOString();
  expect(placeSpans({ from }).starts.slice(0, 2)).toEqual([new Date(start).toISOString(), firstOfHalfHours]);
  expect([new Set(starts), new Set(ids)]).toEqual([new Set([new Date(start).toISOString()]), new Set(['a'])]);
  expect(placeSpans({ from, after: { start: at(40), id: 'a' } }).ids.slice(0, 2)).toEqual(['', 'a']);
});
