// `pnpm bench`: runs benchmarks, prints their table, saves their figures, and leaves nothing running.

import process from 'node:process';

import { benchCommand, type BenchArguments } from './bench-command.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { toTable } from './figures/table.ts';
import { describeMachine } from './machine.ts';
import { writeResults } from './results-file.ts';
import { ProgressLines } from './progress-lines.ts';
import { runBenchmarks } from './run-benchmarks.ts';

/** Exit code of a program ended by Ctrl-C. */
const INTERRUPTED = 130;

const progress = new ProgressLines(process.stderr);
const report = (line: string) => progress.add(line);

async function bench(args: BenchArguments): Promise<void> {
  const startedAt = new Date();
  const machine = describeMachine(process.version);
  const load = machine.loadAverage.join(' ');
  report(`${machine.cpus} CPUs, ${machine.cpuModel}, Node ${machine.node}, load average ${load}`);
  const running = runBenchmarks(BENCHMARKS, args, report);
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
    report('ending what was started');
    void running.end().then(() => process.exit(INTERRUPTED));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const figures = await running.figures;
    progress.close();
    process.stdout.write(`\n${toTable(figures)}\n\n`);
    const [file, picture] = await writeResults({ startedAt, args, machine, figures });
    process.stdout.write(`Every round is in ${file}, their picture in ${picture}.\n`);
  } catch (error) {
    // What was ended under it fails, and that is no news.
    if (!isInterrupted) throw error;
  } finally {
    await running.end();
    progress.close();
  }
}

try {
  await benchCommand(BENCHMARKS, bench).parseAsync();
} catch (error) {
  report(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
