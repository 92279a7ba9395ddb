// Logs the events that the queue reports, each at a level that matches its urgency.

import type { QueueEvent } from '@slotline/queue';
import type { Logger } from '@slotline/runtime';

type Level = 'debug' | 'info' | 'warn' | 'error';

const LEVELS: Readonly<Record<QueueEvent['kind'], Level>> = {
  'turn-taken': 'debug',
  swept: 'info',
  'turn-failed': 'warn',
  'batch-failed': 'warn',
  'turn-stalled': 'warn',
  'lock-lost': 'warn',
  'sweep-failed': 'warn',
  'wake-failed': 'warn',
  'vain-drain': 'warn',
  'close-dropped': 'warn',
  'waits-exhausted': 'warn',
  'redis-error': 'warn',
  'item-buried': 'error',
};

export function reportQueueEvent(logger: Logger, event: QueueEvent): void {
  const { kind, ...rest } = event;
  const { cause, ...facts } = { cause: undefined, ...rest };
  logger[LEVELS[kind]](cause === undefined ? facts : { ...facts, err: cause }, `queue: ${kind}`);
}
