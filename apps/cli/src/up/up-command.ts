/**
 * `slotline up`, also run by the script `start`: reads the settings, passes the process in and sets the exit
 * code.
 */
import { Command } from 'commander';
import { readUpConfig } from '../config.ts';
import { explainError } from '../explain-error.ts';
import { appArgs, SOURCE_DIRS } from '../project.ts';
import { makePaint } from './log-line.ts';
import { listenForStop } from './stop-request.ts';
import { up } from './up.ts';

const HELP = `
Environment (everything else is passed to the apps):
  DATABASE_URL   a PostgreSQL to use          unset: starts its own
  DATABASE_OWNER_URL
                 the same database as its owner, for migrations   unset: DATABASE_URL
  REDIS_URL      a Redis to use               unset: starts its own
  DATA_DIR       where its own servers keep their data (.slotline)
  HOST, PORT     where the API listens (127.0.0.1, 3000)
  ADMIN_HOST, ADMIN_PORT
                 where its operators' port listens (127.0.0.1, 3001)
  AUTH           how clients authenticate: none (only on this machine), keys, jwt (none)
  WORKERS        worker processes (1)
  LOG_LEVEL      what the apps log; unset: warnings and errors
  WEBHOOK_SECRETS_KEY
                 encrypts the secrets of webhooks; unset: created once in DATA_DIR

Examples:
  slotline up
  PORT=8080 ADMIN_PORT=8081 WORKERS=4 slotline up
  LOG_LEVEL=info slotline up
  AUTH=keys slotline up
  DATABASE_URL=postgres://slotline:secret@db.example/slotline REDIS_URL=redis://redis.example slotline up

Ctrl-C stops everything in order; a second one stops it at once. Data survives both.
`;

/** Runs until stopped and exits: 0 after a clean stop by a signal, 1 otherwise. */
export async function runUp(
  host: NodeJS.Process,
  args: typeof appArgs,
  watchedDirs: readonly string[] = [],
): Promise<void> {
  const config = readUpConfig(host.env);
  const stop = listenForStop(host);
  // The reader of our output may end first, for example a closed terminal. The servers must still be stopped.
  for (const stream of [host.stdout, host.stderr]) stream.on('error', () => {});
  let code = 0;
  void stop.forced.then(() => (code = 1));
  try {
    await up({
      config,
      env: host.env,
      node: host.execPath,
      appArgs: args,
      watchedDirs,
      stop,
      print: (text) => host.stdout.write(text),
      paint: makePaint(host.stdout.isTTY && !config.isColourRefused),
    });
  } catch (error) {
    host.stderr.write(`slotline: ${explainError(error)}\n`);
    code = 1;
  }
  // Explicit, because after a forced stop a step of the start may still be pending. All output is flushed
  // before.
  host.stdout.write('', () => host.exit(code));
}

export function upCommand(host: NodeJS.Process): Command {
  return new Command('up')
    .summary('run everything on this machine')
    .description(
      'Runs the API and the workers on this machine, with its own PostgreSQL and Redis unless others are named.',
    )
    .option('--watch', 'restart the API and the workers when their source changes')
    .addHelpText('after', HELP)
    .action(({ watch }: { watch?: true }) => runUp(host, appArgs, watch ? SOURCE_DIRS : []));
}
