// `pnpm fuzz`: runs the fuzzer on its own service, prints the findings and how to reproduce each.

import { rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { inspect } from 'node:util';
import { makeTestFolder } from '@slotline/testkit';
import { describeFinding, describeProgress, describeResult } from './describe-run.ts';
import { HELP, parseFuzzArguments, type FuzzArguments } from './fuzz-arguments.ts';
import { runFuzz } from './run-fuzz.ts';

const CLEAR_LINE = '\r\u001b[2K';
const SEEDS = 2 ** 32;

async function fuzz({ seed: given, extent, auth }: FuzzArguments & { kind: 'run' }): Promise<number> {
  const seed = given ?? Date.now() % SEEDS;
  const folder = path.dirname(makeTestFolder('fuzz'));
  const { stderr } = process;
  stderr.write(`seed ${seed}\n`);
  const stop = new AbortController();
  // The first Ctrl-C ends the run and prints the findings so far; all started processes are ended in any case.
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const onProgress = (progress: Parameters<typeof describeProgress>[0]) => {
    if (stderr.isTTY) stderr.write(CLEAR_LINE + describeProgress(progress).slice(0, stderr.columns - 1));
  };
  try {
    const result = await runFuzz({
      ...{ seed, extent, auth, onProgress, signal: stop.signal },
      // Real clients run on other machines: sending must not slow down the processes under test.
      onStarted: () => setPriority(constants.priority.PRIORITY_LOW),
    });
    if (stderr.isTTY) stderr.write(CLEAR_LINE);
    for (const finding of result.traffic.findings)
      process.stdout.write(`${describeFinding(finding, { seed, auth })}\n\n`);
    process.stdout.write(`${describeResult(result, seed)}\n`);
    return result.traffic.foundCount === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  const args = parseFuzzArguments(process.argv.slice(2));
  if (args.kind === 'help') process.stdout.write(HELP);
  else process.exitCode = await fuzz(args);
} catch (error) {
  process.stderr.write(`fuzz: ${inspect(error)}\n`);
  process.exitCode = 2;
}
