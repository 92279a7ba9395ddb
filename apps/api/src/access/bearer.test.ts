import { expect, it } from '@jest/globals';
import { readBearer } from './bearer.ts';

it.each([
  ['Bearer abc', 'abc'],
  ['bearer abc', 'abc'],
  ['BEARER   a.b-c', 'a.b-c'],
])('%j carries %j', (header, credential) => {
  expect(readBearer(header)).toBe(credential);
});

it.each([undefined, '', 'Bearer', 'Bearer ', 'abc', 'Basic abc', 'Bearer a b', 'xBearer a', 'Bearer\ta'])(
  '%j carries none',
  (header) => {
    expect(readBearer(header)).toBeUndefined();
  },
);
