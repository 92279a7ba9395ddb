/**
 * A connection to the queue's Redis for whatever else lives there, such as counters of a limit: reached, encrypted and
 * reconnected as the queue's own are, and never in the way of them. It answers or fails in time.
 */
import { connect, hangUp, type RedisClient } from './connect.ts';
import type { QueueEventListener } from './queue-event.ts';
import { type QueueTarget, resolveTarget } from './queue-target.ts';

export interface OpenRedisOptions extends QueueTarget {
  /** Shows up in `CLIENT LIST` and in events. */
  role: string;
  /** How long a command may take. Shorter: more failures under load; longer: callers wait for a Redis that is away. */
  commandTimeoutMs: number;
  onEvent: QueueEventListener;
}

export interface OpenRedis {
  readonly client: RedisClient;
  /** For good. */
  close(): void;
}

/** Throws a `QueueUnavailableError` when Redis cannot be reached: see `connect`. */
export async function openRedis(options: OpenRedisOptions): Promise<OpenRedis> {
  const { role, commandTimeoutMs: timeoutMs, onEvent } = options;
  const habit = { kind: 'asking', timeoutMs } as const;
  const client = await connect({ target: resolveTarget(options), role, habit, onEvent });
  return { client, close: () => hangUp(client) };
}
