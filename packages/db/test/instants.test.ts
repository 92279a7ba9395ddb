// JavaScript and SQL agree on the text and order of instants, and on which intervals overlap.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  formatInstant,
  INSTANT_MAX,
  INSTANT_MIN,
  overlaps,
  parseInstant,
  type Instant,
} from '@slotline/core';
import fc from 'fast-check';

import { occupiedBox } from '../src/decider/occupied-box.ts';
import { epochMsText } from '../src/sql/instants.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

const SAMPLES = 2_000;
const anywhere = fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX });
// A few milliseconds around one instant, so that bounds meet; also the last valid ones, where doubles are least
// precise.
const near = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_006 });
const nearEnd = fc.integer({ min: INSTANT_MAX - 6, max: INSTANT_MAX });
const interval = fc
  .oneof(
    fc.tuple(near, near),
    fc.tuple(nearEnd, nearEnd),
    fc.tuple(anywhere, nearEnd),
    fc.tuple(anywhere, anywhere),
  )
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.min(Math.max(a, b) + 1, INSTANT_MAX) }))
  .filter(({ start, end }) => end > start) as fc.Arbitrary<{ start: Instant; end: Instant }>;

function sample<T>(arbitrary: fc.Arbitrary<T>): readonly T[] {
  const seed = Date.now() % 2 ** 31;
  console.info(`instants.test.ts: seed ${seed}`);
  return fc.sample(arbitrary, { numRuns: SAMPLES, seed });
}

test('every instant is sent as text and read back as the same milliseconds, in every time zone', async () => {
  const instants = [INSTANT_MIN, INSTANT_MAX, ...sample(anywhere)];
  for (const zone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
    await it.raw.query(`set timezone = '${zone}'`);
    const rows = await it.rows<{ ms: string }>(
      `select ${epochMsText('t')} as ms from unnest($1::text[]::timestamptz[]) with ordinality u(t, n) order by n`,
      [instants.map((instant) => formatInstant(instant as Instant))],
    );
    expect(rows.map(({ ms }) => Number(ms))).toEqual(instants);
  }
  await it.raw.query('reset timezone');
});

test('texts of instants with any offset are parsed to the same instant in JavaScript and SQL', async () => {
  const offset = fc.constantFrom('Z', '+00:00', '+05:45', '-09:30', '+14:00', '-12:00');
  const texts = sample(fc.tuple(anywhere, offset)).map(
    ([ms, zone]) => `${formatInstant(ms as Instant).slice(0, 23)}${zone}`,
  );
  const known = texts.filter((text) => parseInstant(text) !== undefined);
  const rows = await it.rows<{ ms: string }>(
    `select ${epochMsText('t')} as ms from unnest($1::text[]::timestamptz[]) with ordinality u(t, n) order by n`,
    [known],
  );
  expect(rows.map(({ ms }) => Number(ms))).toEqual(known.map(parseInstant));
});

test('two intervals overlap in JavaScript exactly when their boxes do in SQL, and have the same order', async () => {
  const pairs = sample(fc.tuple(interval, interval));
  const column = (pick: (pair: (typeof pairs)[number]) => Instant) =>
    pairs.map((pair) => formatInstant(pick(pair)));
  const rows = await it.rows(
    `select ${occupiedBox('7', 'a', 'b')} && ${occupiedBox('7', 'c', 'd')} as meet,
       ${occupiedBox('7', 'a', 'b')} && ${occupiedBox('8', 'a', 'b')} as "meetElsewhere", a < c as before
     from unnest($1::timestamptz[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
       with ordinality u(a, b, c, d, n) order by n`,
    [column(([x]) => x.start), column(([x]) => x.end), column(([, y]) => y.start), column(([, y]) => y.end)],
  );
  expect(rows).toEqual(
    pairs.map(([x, y]) => ({ meet: overlaps(x, y), meetElsewhere: false, before: x.start < y.start })),
  );
});
