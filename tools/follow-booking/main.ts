// `pnpm follow-booking`: measures which files and functions one booking passes, prints the path, and leaves nothing
// running.

import process from 'node:process';
import { inspect, parseArgs } from 'node:util';
import { describeFigures, describeStages, figuresOf, stagesOf } from './describe-path.ts';
import { followBooking } from './follow-booking.ts';

const ROUNDS_DEFAULT = 5;
const ROUNDS_MAX = 50;
/** Exit code of a program ended by Ctrl-C. */
const INTERRUPTED = 130;
const CLEAR_LINE = '\r\u001b[2K';

const HELP = `Measures which files and functions of the project one booking passes, and prints the path.

Usage: pnpm follow-booking [--rounds N] [--files | --json]

  --rounds N   how many bookings are measured (default ${ROUNDS_DEFAULT}, at most ${ROUNDS_MAX})
  --files      only files, each with its number of functions
  --json       the figures and the path as one JSON document

The booking is a POST with a registered webhook, from the request to the recorded delivery. The command starts its own
PostgreSQL and Redis on loopback, and an API and a worker in this process. It sends bookings of one org and counts calls
with V8. A function is on the path if every round called it, more often than an idle service does. Only code under
apps/*/src and packages/*/src counts, and not what runs while a module loads.

The stage "before the 202" is measured with a paused org. After the 202 the folder decides the stage. A function is
listed once, in the first stage that calls it. ":16" is an anonymous function in line 16.

The goals limit how many files a reader opens to understand one booking. tests/system/follow-booking.test.ts fails when
a figure rises. A file with one or two functions on the path may belong into the file that uses it.

Examples:
  $ pnpm follow-booking                   about ten seconds
  $ pnpm follow-booking --files           a shorter list
  $ pnpm --silent follow-booking --json | jq -r '.stages[].files[] | select(.functions | length == 1) | .file'

The exit code is 0 when the path was measured, whatever the figures are, and 2 when it could not be measured.
`;

interface Arguments {
  readonly rounds: number;
  readonly format: 'table' | 'files' | 'json';
}

/** `undefined` for `--help`. Throws an error with a message for the user. */
function parseArguments(args: readonly string[]): Arguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      files: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  if (values.files === true && values.json === true)
    throw new Error('--files and --json exclude each other.');
  const format = values.json === true ? 'json' : values.files === true ? 'files' : 'table';
  const rounds = values.rounds === undefined ? ROUNDS_DEFAULT : Number(values.rounds);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= ROUNDS_MAX) return { rounds, format };
  throw new Error(
    `--rounds must be a whole number from 1 to ${ROUNDS_MAX}, not ${JSON.stringify(values.rounds)}.`,
  );
}

async function follow({ rounds, format }: Arguments): Promise<void> {
  const { stderr, stdout } = process;
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const onProgress = (line: string) => void (stderr.isTTY && stderr.write(CLEAR_LINE + line));
  try {
    const followed = await followBooking({ rounds, onProgress, signal: stop.signal });
    onProgress('');
    const stages = stagesOf(followed);
    if (format === 'json') {
      const { occasional } = followed;
      stdout.write(
        `${JSON.stringify({ rounds, figures: figuresOf(followed), occasional, stages }, null, 2)}\n`,
      );
      return;
    }
    const path = describeStages(stages, { isShort: format === 'files' });
    stdout.write(`${describeFigures(followed)}\n\n${path}\n`);
  } catch (error) {
    onProgress('');
    if (!stop.signal.aborted) throw error;
    process.exitCode = INTERRUPTED;
  }
}

try {
  const args = parseArguments(process.argv.slice(2));
  if (args === undefined) process.stdout.write(HELP);
  else await follow(args);
} catch (error) {
  process.stderr.write(`follow-booking: ${error instanceof Error ? error.message : inspect(error)}\n`);
  process.exitCode = 2;
}
