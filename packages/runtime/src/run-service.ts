// The life cycle of a service process: start, report ready, wait for a reason to stop, close, exit. The only place
// that handles signals; `main.ts` passes its process in.

import { createLogger, type Logger } from './create-logger.ts';
import { ConfigError, type Environment } from './read-config.ts';

export interface Service {
  /** The address it listens on, reported to the parent process. */
  readonly address?: string;
  /** The address of the operators' port, if it is a separate one. */
  readonly adminAddress?: string;
  /** Finishes work in progress within its own deadline; false if something was cut off. */
  close(): Promise<boolean>;
}

interface ServiceConfig {
  readonly logLevel: string;
  /** Logged at start. */
  readonly warnings?: readonly string[];
}

export interface ServiceDefinition<Config extends ServiceConfig> {
  /** The name in its log lines. */
  readonly app: string;
  /** Throws a {@link ConfigError} on settings that cannot be used. */
  readonly readConfig: (environment: Environment) => Config;
  readonly start: (config: Config, options: { logger: Logger }) => Promise<Service>;
}

/**
 * Runs until SIGTERM, SIGINT or the loss of the parent that started it over an IPC channel, so that a
 * killed parent leaves no orphans. Exit code 0 after a clean close, 1 otherwise; a second signal exits at once, and so
 * does an uncaught error, after one log line that describes it.
 */
export async function runService<Config extends ServiceConfig>(
  host: NodeJS.Process,
  definition: ServiceDefinition<Config>,
): Promise<void> {
  const { app } = definition;
  let logger = createLogger({ app, level: 'info' });
  // Node itself would print the error with everything that a driver hung on it, queries and rows among that.
  host.on('uncaughtException', (cause: unknown) => {
    logger.fatal({ err: cause }, 'crashed');
    host.exit(1);
  });
  let service: Service;
  try {
    const config = definition.readConfig(host.env);
    logger = createLogger({ app, level: config.logLevel });
    for (const warning of config.warnings ?? []) logger.warn(warning);
    service = await definition.start(config, { logger });
  } catch (cause) {
    if (cause instanceof ConfigError) logger.fatal(cause.message);
    else logger.fatal({ err: cause }, 'could not start');
    return exitWhenFlushed(host, 1);
  }

  let isStopping = false;
  const stop = async (reason: string) => {
    if (isStopping) return host.exit(1);
    isStopping = true;
    logger.info({ reason }, 'stopping');
    const isClean = await service.close();
    logger.info({ isClean }, 'stopped');
    exitWhenFlushed(host, isClean ? 0 : 1);
  };
  host.on('SIGTERM', () => void stop('SIGTERM'));
  host.on('SIGINT', () => void stop('SIGINT'));
  // Unlike a signal, the parent's end is no demand to hurry: it must not cut off a close under way.
  if (host.send !== undefined) {
    host.once('disconnect', () => void (isStopping || stop('parent gone')));
  }
  const { address, adminAddress } = service;
  logger.info({ address, adminAddress }, 'ready');
  host.send?.({ kind: 'ready', address, adminAddress });
}

// Log lines may still sit in the pipe's buffer; they are the last words, so they get out first.
function exitWhenFlushed(host: NodeJS.Process, code: number): void {
  host.exitCode = code;
  if (host.connected) host.disconnect();
  host.stdout.write('', () => host.exit(code));
}
