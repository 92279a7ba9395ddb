// JSON lines on standard output. Callers log names and numbers of ours, never bodies, headers or URLs with
// credentials; what they log all the same is held back by `log-fields.ts`.

import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { allowedFields } from './log-fields.ts';

/** Without `child`: the fields of a child would pass the gate by. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export function createLogger(options: {
  app: string;
  level: string;
  destination?: DestinationStream;
}): Logger {
  const { app, level, destination } = options;
  const settings = {
    level,
    base: { app },
    // The gate. pino's own look at errors comes after it and has nothing to add.
    formatters: { log: allowedFields },
    serializers: { err: (described: unknown) => described },
  };
  return pino(settings, destination ?? standardOutput());
}

// Written before the call returns: pino's own default leaves the writing to a thread, and then the last lines of
// a process, which say why it ended, come out of order or not at all.
function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: true });
}
