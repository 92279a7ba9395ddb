import { expect, it } from '@jest/globals';
import { LOGGED_TEXT_LENGTH_MAX, scrubText } from './scrub-text.ts';

it.each([
  [
    'cannot reach redis://user:canary@cache.example:6379/0?x=canary',
    'cannot reach redis://cache.example:6379',
  ],
  ['postgres://u:p%40canary@[::1]:5432/db failed', 'postgres://[::1]:5432 failed'],
  ['posting to https://canary@hook.example/canary?key=canary.', 'posting to https://hook.example'],
  ['two: http://a:b@c/canary and rediss://:canary@d', 'two: http://c and rediss://d'],
  ['amqp://user:can@ary@host/x', 'amqp://host'],
  ['key slk_0123456789abcdef_Canary0 is unknown', 'key slk_0123456789abcdef_… is unknown'],
  ['secret whsec_Y2FuYXJ5+/canary==', 'secret whsec_…'],
  ['Authorization: Bearer canary.canary', 'Authorization: Bearer …'],
  ['token eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9.canary bad', 'token … bad'],
  [
    "ERR unknown command 'x', with args beginning with: 'canary' 'canary'",
    "ERR unknown command 'x', with args …",
  ],
])('%j is logged as %j', (text, scrubbed) => {
  expect(scrubText(text)).toBe(scrubbed);
});

it.each([
  'Redis: connect ECONNREFUSED 127.0.0.1:6379',
  'getaddrinfo ENOTFOUND cache.example',
  '    at file:///app/dist/main.js:3:7',
  'duplicate key value violates unique constraint "requests_pkey"',
  '',
])('%j stays as it is', (text) => {
  expect(scrubText(text)).toBe(text);
});

it('a long text is cut, and a hostile one takes no time', () => {
  expect(scrubText('x'.repeat(5_000))).toHaveLength(LOGGED_TEXT_LENGTH_MAX + 1);
  for (const hostile of ['a://', '@', 'eyJ.', 'a://@', 'Bearer ']) {
    expect(scrubText(hostile.repeat(50_000)).length).toBeLessThanOrEqual(LOGGED_TEXT_LENGTH_MAX + 1);
  }
});
