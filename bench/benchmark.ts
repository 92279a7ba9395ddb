// What a benchmark is: a claim, and a run that turns seconds and rounds into figures. It starts its processes
// on a stage, which ends them whatever happens, and leaves printing and saving to others.

import type { Figure } from './figures/figure.ts';
import type { Stage } from './stage/stage.ts';

export interface Knobs {
  /** How long one system is measured in one round. */
  readonly seconds: number;
  /** How often; every round measures every system once. */
  readonly rounds: number;
}

export interface BenchmarkRun extends Knobs {
  /** Of `hostile`: the attacks to run; left out: all. */
  readonly attacks?: readonly string[];
  readonly stage: Stage;
  /** Hears what is going on, a few words at a time. */
  readonly report: (line: string) => void;
}

export interface Benchmark {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Of this benchmark alone, where they were not given. */
  readonly defaults?: Knobs;
  readonly run: (run: BenchmarkRun) => Promise<readonly Figure[]>;
}
