import { expect, it } from '@jest/globals';
import { WAIT_SECONDS_MAX } from './reading-queries.ts';
import { parsePreferredWait } from './prefer.ts';

it.each([
  ['wait=10', 10],
  ['wait=0', 0],
  ['wait="10"', 10],
  ['WAIT = 10', 10],
  ['wait=10, respond-async', 10],
  ['respond-async,wait=10', 10],
  ['handling=lenient; strict="a", wait=10;foo', 10],
  ['wait=10, wait=20', 10],
  ['wait=soon, wait=7', 7],
  ['wait=31', WAIT_SECONDS_MAX],
  ['wait=999999999', WAIT_SECONDS_MAX],
])('%j waits %i seconds', (header, seconds) => {
  expect(parsePreferredWait(header)).toBe(seconds);
});

it.each([
  undefined,
  '',
  'respond-async',
  'wait',
  'wait=',
  'wait=-1',
  'wait=1.5',
  'wait=0x10',
  'wait=ten',
  'await=10',
  'wait=10s',
  'wait-for=10',
  'note="a, wait=10"',
  'note="say \\", wait=10"',
])('%j does not wait', (header) => {
  expect(parsePreferredWait(header)).toBeUndefined();
});

it('a wait of more digits than a number has is cut like any other that is too long', () => {
  expect(parsePreferredWait(`wait=${'9'.repeat(40)}`)).toBe(WAIT_SECONDS_MAX);
});

it('a header as long as a server lets through is read in a moment', () => {
  for (const piece of ['"', ',', 'wait=', '"a\\', 'wait="1', '\\"', ' ']) {
    expect(parsePreferredWait(piece.repeat(16_384 / piece.length))).toBeUndefined();
  }
});
