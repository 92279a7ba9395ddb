import { expect, test } from '@jest/globals';

import { benchCommand, type BenchArguments } from './bench-command.ts';
import { BENCHMARKS } from './benchmarks.ts';

async function parse(...args: string[]): Promise<BenchArguments | undefined> {
  let parsed: BenchArguments | undefined;
  const command = benchCommand(BENCHMARKS, (found) => {
    parsed = found;
    return Promise.resolve();
  });
  command.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(args, { from: 'user' });
  return parsed;
}

test('without arguments everything runs', async () => {
  expect(await parse()).toEqual({ names: BENCHMARKS.map(({ name }) => name) });
});

test('named benchmarks run in the order of the list, once', async () => {
  const parsed = await parse(
    'decide',
    'accept',
    'decide',
    '--seconds',
    '0.5',
    '--rounds',
    '5',
    '--json',
    'f',
  );
  expect(parsed).toEqual({ names: ['accept', 'decide'], seconds: 0.5, rounds: 5, json: 'f' });
});

test.each([
  [['fast']],
  [['--seconds', '0']],
  [['--seconds', '61']],
  [['--seconds', '1e1']],
  [['--rounds', '2.5']],
  [['--rounds', '22']],
  [['--rounds', '-1']],
  [['--fast']],
  [['hostile', '--attack', 'charm']],
])('%j is refused', async (args) => {
  await expect(parse(...args)).rejects.toThrow(/invalid|unknown/);
});

test('--quick is one short round, and other options override it', async () => {
  expect(await parse('--quick')).toMatchObject({ seconds: 1, rounds: 1 });
  expect(await parse('--quick', '--rounds', '3')).toMatchObject({ seconds: 1, rounds: 3 });
});

test('attacks are named one by one', async () => {
  const parsed = await parse('hostile', '--attack', 'readiness', '--attack', 'bad-lines');
  expect(parsed).toEqual({ names: ['hostile'], attacks: ['readiness', 'bad-lines'] });
});

test('the help names every benchmark', () => {
  const help = benchCommand(BENCHMARKS, () => Promise.resolve()).helpInformation();
  for (const { name } of BENCHMARKS) expect(help).toContain(`  ${name} `);
});
