// SECURITY.md names a test file for each of its promises. Every named file must exist.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const PROJECT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The rows of all tables: what is promised, and the test files that the row names. */
const ROWS = readFileSync(path.join(PROJECT, 'SECURITY.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && line.includes('.test.ts'))
  .map((line) => ({
    promise: line.split('|')[1]?.trim() ?? '',
    tests: [...line.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file = '']) => file),
  }));

it('has a row with a test for each of the ten risks of OWASP', () => {
  const risks = ROWS.flatMap(({ promise }) => /^API\d+/.exec(promise) ?? []);
  expect(risks).toEqual(Array.from({ length: 10 }, (_, at) => `API${at + 1}`));
});

it('has rows beyond the ten risks of OWASP', () => {
  expect(ROWS.length).toBeGreaterThan(10);
});

it.each(ROWS)('$promise: its test files exist', ({ tests }) => {
  expect(tests.filter((file) => !existsSync(path.join(PROJECT, file)))).toEqual([]);
});
