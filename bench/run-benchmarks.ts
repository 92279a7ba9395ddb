// One run from its servers to its figures. Whatever ends it, nothing that it started is left behind.

import { DEFAULTS, type BenchArguments } from './bench-command.ts';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figures/figure.ts';
import { Stage } from './stage/stage.ts';
import { startStores } from './stage/stores.ts';

export interface Running {
  /** Rejects when a benchmark fails, and after `end`. */
  readonly figures: Promise<readonly Figure[]>;
  /** Ends everything that was started, at any time. */
  end(): Promise<void>;
}

export function runBenchmarks(
  benchmarks: readonly Benchmark[],
  args: BenchArguments,
  report: (line: string) => void,
): Running {
  const stores = startStores(report);
  let stage: Stage | undefined;
  let isEnding = false;

  const run = async () => {
    const figures: Figure[] = [];
    const chosen = benchmarks.filter(({ name }) => args.names.includes(name));
    for (const [at, { name, run, defaults }] of chosen.entries()) {
      if (isEnding) break;
      stage = new Stage(await stores);
      try {
        report(`${name}: starting, ${at + 1} of ${chosen.length}`);
        const knobs = { ...DEFAULTS, ...defaults, ...args };
        figures.push(...(await run({ ...knobs, stage, report: (line) => report(`${name}: ${line}`) })));
      } finally {
        await stage.clear();
      }
    }
    return figures;
  };
  const end = async () => {
    isEnding = true;
    await stage?.clear();
    await stores.then((started) => started.stop()).catch(() => {}); // the run itself says why they are not there
  };
  return { figures: run(), end };
}
