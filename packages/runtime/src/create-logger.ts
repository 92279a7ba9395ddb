// JSON lines on standard output. Callers log names and numbers of ours, never bodies, headers or URLs with
// credentials; an error is logged with its causes but without its own extra fields.

import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** How deep a chain of causes is followed into a log line. */
export const CAUSES_LOGGED_MAX = 5;

export function createLogger(options: {
  app: string;
  level: string;
  destination?: DestinationStream;
}): Logger {
  const { app, level, destination } = options;
  const settings = {
    level,
    base: { app },
    serializers: { err: describeError },
  };
  return pino(settings, destination ?? standardOutput());
}

// Written before the call returns: pino's own default leaves the writing to a thread, and then the last lines of
// a process, which say why it ended, come out of order or not at all.
function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: true });
}

interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

// An allow-list: driver errors carry queries and parameters in other fields, and those are the clients' data.
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause =
    error.cause === undefined || depth === CAUSES_LOGGED_MAX
      ? {}
      : { cause: describeError(error.cause, depth + 1) };
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  return { type: error.name, message: error.message, ...code, ...stack, ...cause };
}
