// `pnpm bench:guard`: fails when a request costs a quarter more than the committed baseline says. `--renew` writes a new
// baseline instead. No other process may use its stores, and nothing else should run at the same time.

import process from 'node:process';

import { Command } from 'commander';
import { ProgressLines } from '../progress-lines.ts';
import { startStores, type Stores } from '../stage/stores.ts';
import { BASELINE_FILE, readBaseline, writeBaseline } from './baseline-file.ts';
import { COUNTING_SETTINGS } from './counters.ts';
import { backlogs, loneBookings } from './guard-counts.ts';
import { accepting, deciding } from './guard-cpu.ts';
import { fewConnections, saturating } from './guard-saturation.ts';
import { TOLERANCE } from './judge.ts';
import { readAll, runGuards } from './run-guards.ts';
import { toLines } from './verdict-lines.ts';

const SECTIONS = [loneBookings, backlogs, accepting, deciding, saturating, fewConnections];
const TRIES = 3;

const TEACHING = `
What a booking costs, counted on separate servers: Redis commands, scripts and bytes, SQL statements and WAL of
PostgreSQL, and CPU as a ratio to a reference in the same run. No guard is a time, so any machine will do, even a busy
one. A section over its baseline is read up to ${TRIES} times, and the best reading of each guard counts.

When a change is meant to cost more, or costs less: pnpm bench:guard --renew, and commit ${BASELINE_FILE}.
`;

async function guard(stores: Stores, isRenewing: boolean, report: (line: string) => void): Promise<void> {
  const run = { stores, sections: SECTIONS, tries: TRIES, report };
  if (isRenewing) {
    const baseline = await writeBaseline(await readAll(run));
    process.stdout.write(`${BASELINE_FILE} is renewed:\n${JSON.stringify(baseline, null, 2)}\n`);
    return;
  }
  const verdicts = await runGuards(run, await readBaseline());
  process.stdout.write(`${toLines(verdicts).join('\n')}\n`);
  const lost = verdicts.filter(({ isHeld }) => !isHeld).length;
  if (lost === 0) return;
  process.exitCode = 1;
  const percent = TOLERANCE * 100;
  report(`${lost} of ${verdicts.length} guards found a cost over ${percent} % above ${BASELINE_FILE}.`);
}

async function main(options: { renew?: boolean }): Promise<void> {
  const progress = new ProgressLines(process.stderr);
  const report = (line: string) => progress.add(line);
  const stores = await startStores(report, COUNTING_SETTINGS);
  try {
    await guard(stores, options.renew === true, report);
  } finally {
    progress.close();
    await stores.stop();
  }
}

try {
  await new Command('bench:guard')
    .description('Fails when a booking costs over a quarter more than the committed baseline.')
    .option('--renew', 'writes a new baseline, from the median of three readings')
    .addHelpText('after', TEACHING)
    .action(main)
    .parseAsync();
} catch (error) {
  process.stderr.write(`bench:guard: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
