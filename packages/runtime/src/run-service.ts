// The life of a service process: start, say ready, wait for a reason to stop, close, exit. The one place that
// knows signals; `main.ts` hands its process in.

import type { Logger } from './create-logger.ts';
import { ConfigError } from './read-config.ts';

export interface Service {
  /** Where it answers, for whoever started the process. */
  readonly address?: string;
  /** Finishes what is in hand within its own deadline; false when something was cut off. */
  close(): Promise<boolean>;
}

/**
 * Runs until SIGTERM, SIGINT or the loss of the parent that started it over an IPC channel, so that a
 * killed parent leaves no orphans. Exit code 0 after a clean close, 1 otherwise; a second signal exits at once.
 */
export async function runService(
  host: NodeJS.Process,
  options: { logger: Logger; start: () => Promise<Service> },
): Promise<void> {
  const { logger } = options;
  const service = await options.start().catch((cause: unknown) => {
    if (cause instanceof ConfigError) logger.fatal(cause.message);
    else logger.fatal({ err: cause }, 'could not start');
    return undefined;
  });
  if (service === undefined) return exitWhenFlushed(host, 1);

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
  if (host.send !== undefined) host.once('disconnect', () => void stop('parent gone'));
  logger.info({ address: service.address }, 'ready');
  host.send?.({ kind: 'ready', address: service.address });
}

// Log lines may still sit in the pipe's buffer; they are the last words, so they get out first.
function exitWhenFlushed(host: NodeJS.Process, code: number): void {
  host.exitCode = code;
  if (host.connected) host.disconnect();
  host.stdout.write('', () => host.exit(code));
}
