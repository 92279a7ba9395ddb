/**
 * Starts the API and the workers as child processes, from the same `node`, and waits until all of them are ready.
 * The supervisor keeps them running afterwards.
 */
import path from 'node:path';
import { CliError } from '../cli-error.ts';
import type { UpConfig } from '../config.ts';
import { PROJECT_DIR } from '../project.ts';
import { formatLogLine, type Paint } from './log-line.ts';
import { ensureSecretsKey } from './secrets-key.ts';
import type { Started } from './started.ts';
import type { StopRequest } from './stop-request.ts';
import { superviseApp, type SupervisedApp } from './supervise-app.ts';
import { watchSources } from './watch-sources.ts';

export interface AppsPlan {
  config: UpConfig;
  /** The environment that the apps inherit. */
  env: NodeJS.ProcessEnv;
  /** The program that runs the apps, and its arguments for each. */
  node: string;
  appArgs: (app: 'api' | 'worker') => readonly string[];
  /** Folders whose changed sources restart the apps. */
  watchedDirs: readonly string[];
  stop: StopRequest;
  print: (text: string) => void;
  paint: Paint;
}

/** An app that is neither ready nor ended after this time is stuck. */
const APPS_READY_TIMEOUT_MS = 60_000;

export interface ApiAddresses {
  address: string;
  adminAddress: string;
}

/** The API's URLs once all apps are ready; `undefined` when a stop was requested before that. */
export async function startApps(
  options: AppsPlan,
  urls: { databaseUrl: string; redisUrl: string },
  started: Started[],
): Promise<ApiAddresses | undefined> {
  const { config, stop } = options;
  const env = appEnvironment(options, urls);
  const names = Array.from({ length: config.workers }, (_, n) =>
    config.workers === 1 ? 'worker' : `worker-${n + 1}`,
  );
  const workers = names.map((name) => startApp('worker', name, options, env));
  const api = startApp('api', 'api', options, env);
  started.push(together(workers), wrap(api), watchFor([...workers, api], options));
  const ready = Promise.all([api.ready, ...workers.map((worker) => worker.ready)]);
  ready.catch(() => {}); // reported through `stop.fail`
  const timer = setTimeout(() => {
    stop.fail(
      new CliError(
        `The apps were not ready in ${APPS_READY_TIMEOUT_MS / 1_000} s. Set LOG_LEVEL=info to see more.`,
      ),
    );
  }, APPS_READY_TIMEOUT_MS);
  const outcome = await Promise.race([ready, stop.asked.then(() => undefined)]);
  clearTimeout(timer);
  return (
    outcome && {
      address: outcome[0].address ?? `http://${config.host}:${config.port}`,
      adminAddress: outcome[0].adminAddress ?? `http://${config.admin.host}:${config.admin.port}`,
    }
  );
}

function startApp(
  app: 'api' | 'worker',
  name: string,
  options: AppsPlan,
  env: NodeJS.ProcessEnv,
): SupervisedApp {
  const { node, appArgs, watchedDirs, stop, print, paint } = options;
  return superviseApp({
    name,
    command: node,
    args: appArgs(app),
    env,
    onLine: (text) => print(`${formatLogLine(name, text, paint)}\n`),
    report: (line) => print(`${line}\n`),
    onGivenUp: stop.fail,
    isWatched: watchedDirs.length > 0,
  });
}

function watchFor(apps: readonly SupervisedApp[], { watchedDirs, print }: AppsPlan): Started {
  const end = watchSources(watchedDirs, (file) => {
    print(`${path.relative(PROJECT_DIR, file)} changed; restarting\n`);
    for (const app of apps) app.restart();
  });
  return { stop: async () => end(), kill: end };
}

/**
 * Without an explicit level the apps log only warnings and errors; `up` itself prints that they are ready.
 */
function appEnvironment({ config, env }: AppsPlan, urls: { databaseUrl: string; redisUrl: string }) {
  return {
    ...env,
    DATABASE_URL: urls.databaseUrl,
    // Removed, so that no app can exceed the rights of the role in DATABASE_URL.
    DATABASE_OWNER_URL: undefined,
    REDIS_URL: urls.redisUrl,
    HOST: config.host,
    PORT: String(config.port),
    ADMIN_HOST: config.admin.host,
    ADMIN_PORT: String(config.admin.port),
    LOG_LEVEL: config.logLevel ?? 'warn',
    WEBHOOK_SECRETS_KEY: config.secretsKey ?? ensureSecretsKey(config.dataDir),
  };
}

function wrap(app: SupervisedApp): Started {
  return { stop: app.stop, kill: app.kill };
}

function together(apps: readonly SupervisedApp[]): Started {
  return {
    stop: async () => void (await Promise.all(apps.map((app) => app.stop()))),
    kill: () => apps.forEach((app) => app.kill()),
  };
}
