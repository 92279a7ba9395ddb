import { expect, test } from '@jest/globals';
import { explainLastWords } from './explain-last-words.ts';

test('a missing library is named', () => {
  const words =
    'postgres: error while loading shared libraries: libicui18n.so.60: cannot open shared object file';
  expect(explainLastWords(words)).toMatch('needs the library libicui18n.so.60, which this machine lacks');
});

test('a full disk is called one', () => {
  expect(explainLastWords('FATAL: could not write: No space left on device')).toMatch('The disk is full');
});

test('an unknown error message gets no advice', () => {
  expect(explainLastWords('FATAL: something new')).toBe('');
});
