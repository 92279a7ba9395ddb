// The arguments of `pnpm bench` and its `--help`. Every number is bounded, so that a run is bounded too.

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Benchmark, Knobs } from './benchmark.ts';
import { ATTACKS } from './hostile/attacks.ts';

/** Knobs that were left out are the benchmark's own. */
export interface BenchArguments extends Partial<Knobs> {
  /** Never empty. */
  readonly names: readonly string[];
  /** Of `hostile`; left out: all. */
  readonly attacks?: readonly string[];
  /** The file for the JSON; left out: a new file under bench/results. */
  readonly json?: string;
}

export const DEFAULTS: Knobs = { seconds: 3, rounds: 3 };
const QUICK: Knobs = { seconds: 1, rounds: 1 };
const SECONDS_MAX = 60;
const ROUNDS_MAX = 21;

const TEACHING = `
Every benchmark starts its own durable PostgreSQL and Redis (fsync on, appendfsync always), runs Slotline and the
reference by turns on this machine, and prints the ratio: the median of the ratios of all rounds.
Compare the ratios; absolute figures hold only for this machine at this time. Run nothing else during a benchmark.

Examples:
  $ pnpm bench                               everything, over half an hour
  $ pnpm bench --quick                       everything once, for a first look
  $ pnpm bench accept --seconds 1            one benchmark, quickly
  $ pnpm bench pipeline --rounds 7           more rounds on a restless machine
  $ pnpm bench decide --json decide.json     the figures of every round, to a file of your choice
  $ pnpm bench hostile --attack readiness    one attack alone; --seconds is how long it lasts
  $ pnpm bench:guard                         what CI runs: fails when a booking costs a quarter more

Attacks of hostile, each by a separate org with an ordinary key, 20 s long unless --seconds is given:
${ATTACKS.map(({ name, summary }) => `  ${name.padEnd(26)}${summary}`).join('\n')}

See docs/benchmarks.md for what each one measures and how to read it. Ctrl-C ends all started processes.
`;

/** The command; it calls `onRun` with the arguments when there is something to run. */
export function benchCommand(
  benchmarks: readonly Benchmark[],
  onRun: (args: BenchArguments) => Promise<void>,
): Command {
  const all = benchmarks.map(({ name }) => name);
  const list = benchmarks.map(({ name, summary }) => `\n  ${name.padEnd(14)}${summary}`).join('');
  return new Command('bench')
    .description(`Measures Slotline against references, as ratios in one run:${list}`)
    .addArgument(new Argument('[names...]', 'which benchmarks; all when left out').choices(all))
    .addOption(
      new Option(
        '--seconds <n>',
        `how long a system is measured in a round, up to ${SECONDS_MAX} (default: ${DEFAULTS.seconds}, hostile 20)`,
      ).argParser((text) => numberUpTo(text, SECONDS_MAX)),
    )
    .addOption(
      new Option(
        '--rounds <n>',
        `how often, up to ${ROUNDS_MAX}; odd numbers have a middle (default: ${DEFAULTS.rounds}, hostile 1)`,
      ).argParser((text) => wholeUpTo(text, ROUNDS_MAX)),
    )
    .option('--quick', 'one round of one second each, for a first look; --seconds and --rounds still hold')
    .addOption(
      new Option('--attack <name>', 'of hostile this attack alone; may be given again for more').argParser(
        (name, before: readonly string[] | undefined) => [...(before ?? []), knownAttack(name)],
      ),
    )
    .option('--json <file>', 'where the figures go as JSON (default: a new file under bench/results)')
    .addHelpText('after', TEACHING)
    .action((names: string[], options: Options) =>
      onRun({
        ...toArguments(options),
        names: all.filter((name) => names.length === 0 || names.includes(name)),
      }),
    );
}

interface Options extends Omit<BenchArguments, 'names' | 'attacks'> {
  readonly quick?: boolean;
  readonly attack?: readonly string[];
}

function toArguments({ quick, attack, ...options }: Options) {
  const attacks = attack === undefined ? {} : { attacks: attack };
  return { ...(quick === true ? QUICK : {}), ...options, ...attacks };
}

function knownAttack(name: string): string {
  const names = ATTACKS.map((attack) => attack.name);
  if (names.includes(name)) return name;
  throw new InvalidArgumentError(`Must be one of ${names.join(', ')}.`);
}

function numberUpTo(text: string, max: number): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= max) return value;
  throw new InvalidArgumentError(`Must be a number over 0, at most ${max}.`);
}

function wholeUpTo(text: string, max: number): number {
  const value = numberUpTo(text, max);
  if (Number.isInteger(value)) return value;
  throw new InvalidArgumentError(`Must be a whole number from 1 to ${max}.`);
}
