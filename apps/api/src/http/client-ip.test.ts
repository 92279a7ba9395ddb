import { expect, it } from '@jest/globals';
import { clientIpOf } from './client-ip.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['slk_secret', undefined],
  ['192.0.2.1, 192.0.2.2', undefined],
  ['', undefined],
  [undefined, undefined],
])('of %s is %s', (ip, expected) => {
  expect(clientIpOf({ ip })).toBe(expected);
});
