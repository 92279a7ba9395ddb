import { describe, expect, test } from '@jest/globals';
import { readRepository } from './repository.ts';
import { report } from './rule.ts';
import { RULES } from './rules.ts';

const repository = readRepository();

describe('in this repository', () => {
  test('there is something to check', () => {
    expect(repository.has('packages/core/src/decide.ts')).toBe(true);
    expect(repository.has('tests/package.json')).toBe(true);
  });

  test.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
    expect(report(rule, repository)).toEqual([]);
  });
});
