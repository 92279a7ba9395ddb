/**
 * A separate connection to the queue's Redis for other uses, such as rate-limit counters, with the same TLS
 * and reconnect behaviour. A command answers or fails within `commandTimeoutMs`.
 */
import { connect, hangUp, type RedisClient } from './connect.ts';
import type { QueueEventListener } from '../queue-event.ts';
import { type QueueTarget, resolveTarget } from './queue-target.ts';

export interface OpenRedisOptions extends QueueTarget {
  /** The connection's name in `CLIENT LIST` and in events. */
  role: string;
  /**
   * How long a command may take. Shorter: more failures under load; longer: callers wait longer for an
   * unavailable Redis.
   */
  commandTimeoutMs: number;
  onEvent: QueueEventListener;
}

export interface OpenRedis {
  readonly client: RedisClient;
  /** Disconnects without reconnecting. */
  close(): void;
}

/** Throws a `QueueUnavailableError` when Redis cannot be reached: see `connect`. */
export async function openRedis(options: OpenRedisOptions): Promise<OpenRedis> {
  const { role, commandTimeoutMs: timeoutMs, onEvent } = options;
  const habit = { kind: 'asking', timeoutMs } as const;
  const client = await connect({ target: resolveTarget(options), role, habit, onEvent });
  return { client, close: () => hangUp(client) };
}
