import { expect, it } from '@jest/globals';
import { HELP, parseFuzzArguments } from './fuzz-arguments.ts';

it.each([
  [[], { kind: 'run', seed: undefined, extent: { kind: 'requests', count: 10_000 }, auth: 'none' }],
  [
    ['--requests', '100000', '--seed', '7'],
    { kind: 'run', seed: 7, extent: { kind: 'requests', count: 100_000 }, auth: 'none' },
  ],
  [
    ['--each', '5000', '--auth', 'keys'],
    { kind: 'run', seed: undefined, extent: { kind: 'each-operation', count: 5_000 }, auth: 'keys' },
  ],
  [
    ['--seed', '7', '--only', '3'],
    { kind: 'run', seed: 7, extent: { kind: 'case', number: 3 }, auth: 'none' },
  ],
  [['--help'], { kind: 'help' }],
])('%j is understood', (args, expected) => {
  expect(parseFuzzArguments(args)).toEqual(expected);
});

it.each([
  [['--requests', 'many'], 'whole number'],
  [['--seed', '-1'], 'ambiguous'],
  [['--seed', '4294967296'], 'whole number'],
  [['--only', '3'], 'needs the --seed'],
  [['--only', '3', '--seed', '1', '--each', '2'], 'exclude each other'],
  [['--auth', 'jwt'], 'none or keys'],
  [['--sed', '1'], "Unknown option '--sed'"],
  [['extra'], 'Unexpected argument'],
])('%j is refused with a sentence', (args, words) => {
  expect(() => parseFuzzArguments(args)).toThrow(words);
});

it('the help names every option', () => {
  for (const option of ['--requests', '--each', '--seed', '--only', '--auth']) expect(HELP).toContain(option);
});
