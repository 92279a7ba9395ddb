// The arguments of `pnpm fuzz` and its `--help`.

import { parseArgs } from 'node:util';
import type { Auth } from './askers.ts';
import type { Extent } from './run-fuzz.ts';

export type FuzzArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly seed: number | undefined; readonly extent: Extent; readonly auth: Auth };

const REQUESTS_DEFAULT = 10_000;
const SEED_MAX = 2 ** 32 - 1;

export const HELP = `Sends the service valid and invalid requests, and checks every answer.

Usage: pnpm fuzz [--requests N | --each N] [--seed S] [--only CASE] [--auth none|keys]

  --requests N   how many requests, about (default ${REQUESTS_DEFAULT.toLocaleString('en-US')})
  --each N       as many as it takes to send N requests of every operation
  --seed S       repeats the cases of an earlier run (default: a new seed each time; it is printed)
  --only CASE    one case of that seed alone: how a finding is replayed
  --auth HOW     none (the default): no key is required; keys: operators, orgs and strangers send requests

Starts its own PostgreSQL, Redis, API and worker on loopback, as processes, and ends them. Requests are generated from
the service's OpenAPI documents; half of them are then made invalid. At the same time conversations book, move, cancel,
hold, confirm, repeat, page and register webhooks. Every answer is checked against the document; at the end no refused
request may have left a trace in PostgreSQL or Redis, and everything accepted must be decided. See docs/fuzzing.md.

Examples:
  $ pnpm fuzz                                     a few seconds
  $ pnpm fuzz --requests 100000                   a few minutes
  $ pnpm fuzz --seed 7 --only 4711                case 4711 of the run with seed 7 again

The exit code is 0 when nothing was found, 1 when something was, 2 when it could not be run.
`;

/** Throws an error with a message for the user. */
export function parseFuzzArguments(args: readonly string[]): FuzzArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string' },
      each: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string' },
      auth: { type: 'string', default: 'none' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return { kind: 'help' };
  const seed = values.seed === undefined ? undefined : wholeNumber('--seed', values.seed, SEED_MAX);
  const { auth } = values;
  if (auth !== 'none' && auth !== 'keys')
    throw new Error(`--auth must be none or keys, not ${JSON.stringify(auth)}.`);
  return { kind: 'run', seed, extent: extentOf(values, seed), auth };
}

function extentOf(
  { requests, each, only }: { requests?: string; each?: string; only?: string },
  seed: number | undefined,
): Extent {
  if ([requests, each, only].filter((one) => one !== undefined).length > 1) {
    throw new Error('--requests, --each and --only exclude each other.');
  }
  if (only !== undefined) {
    if (seed === undefined)
      throw new Error('--only needs the --seed of the run in which the case was found.');
    return { kind: 'case', number: wholeNumber('--only', only, Number.MAX_SAFE_INTEGER) };
  }
  if (each !== undefined) return { kind: 'each-operation', count: wholeNumber('--each', each, 1_000_000) };
  const count = requests === undefined ? REQUESTS_DEFAULT : wholeNumber('--requests', requests, 100_000_000);
  return { kind: 'requests', count };
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= max) return value;
  throw new Error(`${name} must be a whole number from 0 to ${max}, not ${JSON.stringify(text)}.`);
}
