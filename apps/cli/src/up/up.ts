/**
 * Runs all of Slotline on this machine. The invariant is the order: servers, then schema, then apps, and the
 * reverse to stop, so that no part loses a dependency while it works. Every started part is stopped, also
 * after a partial start. Parsing, signals and exit codes belong to the command.
 */
import { printable } from '@slotline/runtime';
import { CliError } from '../cli-error.ts';
import type { UpConfig } from '../config.ts';
import { migrateDatabase, type DatabaseUrls } from '../migrate-database.ts';
import { assertPortFree } from './assert-port-free.ts';
import { banner } from './banner.ts';
import { startApps, type AppsPlan } from './start-apps.ts';
import { startServers } from './start-servers.ts';
import type { Started } from './started.ts';

/** Runs until a stop is requested, then stops everything. Throws the reason unless it was a signal. */
export async function up(options: AppsPlan): Promise<void> {
  const { stop, print } = options;
  const started: Started[] = [];
  const ended = run(options, started).catch((error: unknown) => stop.fail(error));
  const reason = await stop.asked;
  if (started.length > 0) print('stopping …\n');
  await Promise.race([
    stop.forced.then(() => Promise.all(started.map(async (each) => each.kill()))),
    ended.then(() => stopAll(started)),
  ]);
  if (reason !== undefined) throw reason;
  print('stopped\n');
}

/** Stops in reverse order: the API accepts no more, workers finish, Redis and PostgreSQL close. */
async function stopAll(started: Started[]): Promise<void> {
  for (const each of started.toReversed()) await each.stop();
}

/**
 * Starts everything and resolves when all parts are ready, or after the current step when a stop was
 * requested.
 */
async function run(options: AppsPlan, started: Started[]): Promise<void> {
  const { config, stop, print } = options;
  const report = (line: string) => print(`${line}\n`);
  await assertPortFree({ ...config, setting: 'PORT' });
  await assertPortFree({ ...config.admin, setting: 'ADMIN_PORT' });
  const urls = await startServers({
    config,
    report,
    onGivenUp: stop.fail,
    onStarted: (server) => started.push(server),
  });
  if (stop.isAsked()) return;
  await migrate(urls, config);
  if (stop.isAsked()) return;
  const addresses = await startApps(options, urls, started);
  if (addresses === undefined) return;
  const { auth, command } = config;
  print(banner({ ...addresses, auth, command, now: new Date(), ...ownServers(config, urls) }));
}

async function migrate(urls: DatabaseUrls, config: UpConfig): Promise<void> {
  const isOurs = config.databaseUrl === undefined;
  await migrateDatabase(urls, { setsPassword: isOurs }).catch((error: unknown) => {
    if (isOurs || !(error instanceof Error)) throw error;
    throw new CliError(
      `The database in DATABASE_URL cannot be used: ${printable(error.message)}. ` +
        'Correct DATABASE_URL, or unset it and Slotline starts its own.',
    );
  });
}

function ownServers(config: UpConfig, urls: { databaseUrl: string; redisUrl: string }) {
  return {
    ...(config.databaseUrl === undefined && { databaseUrl: urls.databaseUrl }),
    ...(config.redisUrl === undefined && { redisUrl: urls.redisUrl }),
    ...((config.databaseUrl === undefined || config.redisUrl === undefined) && { dataDir: config.dataDir }),
  };
}
