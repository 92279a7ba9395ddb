/**
 * Opens connections to Redis, each with the habits of its role. A connection is awaited once, with a clear
 * error; after that it reconnects by itself for ever. How long a command may wait is the role's choice.
 */
import { Cluster, Redis } from 'ioredis';
import { OPENING_MS, RECONNECT_DELAY_MAX_MS } from './limits.ts';
import type { QueueEventListener } from './queue-event.ts';
import type { ResolvedTarget } from './queue-target.ts';
import { findUnavailableCode, QueueUnavailableError } from './queue-unavailable-error.ts';
import { redisTls, tlsFaultOf } from './redis-tls.ts';

export type RedisClient = Redis | Cluster;

/**
 * `asking`: answers or fails within `timeoutMs`, and after a failure nothing is sent any more, because neither
 * an offline queue nor a resend holds the command back. For callers who told a client "unknown, try again".
 * `patient`: waits for Redis for as long as it takes. For work that must be done once Redis is back.
 */
export type ConnectionHabit = { kind: 'asking'; timeoutMs: number } | { kind: 'patient' };

export interface Connection {
  readonly target: ResolvedTarget;
  /** Shows up in `CLIENT LIST` and in events. */
  readonly role: string;
  readonly habit: ConnectionHabit;
  readonly onEvent: QueueEventListener;
}

/**
 * Throws a `QueueUnavailableError`: at once when Redis cannot be reached, after `OPENING_MS` when it can and does not answer.
 */
export async function connect(connection: Connection): Promise<RedisClient> {
  const giveUpAt = performance.now() + OPENING_MS;
  for (;;) {
    try {
      return await tryToConnect(connection);
    } catch (error) {
      const isThere = error instanceof QueueUnavailableError && error.code === 'timeout';
      if (!isThere || performance.now() >= giveUpAt) throw error;
    }
  }
}

async function tryToConnect(connection: Connection): Promise<RedisClient> {
  // What was never there is not tried again: the first failure ends it, and nothing of it is left to close.
  let isOpen = false;
  const client = createClient(connection, (tries) => (isOpen ? reconnectDelayMs(tries) : null));
  client.once('ready', () => (isOpen = true));
  let lastError: Error | undefined;
  client.on('error', (cause: Error) => {
    lastError = cause;
    connection.onEvent({ kind: 'redis-error', connection: connection.role, cause });
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (client.status !== 'end') hangUp(client);
    throw unreachable(connection.target, lastError ?? error);
  }
}

// ioredis itself rejects with "Connection is closed."; what closed it came as an event before.
function unreachable({ redisUrl }: ResolvedTarget, cause: unknown): QueueUnavailableError {
  const { host, protocol } = new URL(redisUrl);
  if (cause instanceof Error && findUnavailableCode(cause) === 'timeout') {
    return new QueueUnavailableError('timeout', `Redis at ${host} does not answer`, cause);
  }
  const reason = protocol === 'rediss:' ? tlsFaultOf(cause) : undefined;
  const message = `cannot reach Redis at ${host}${reason === undefined ? '' : `: ${reason}`}`;
  return new QueueUnavailableError('redis-unavailable', message, cause);
}

/**
 * Disconnects for good. While Redis is away, ioredis gives the socket that closed before two seconds to close, and
 * keeps the process for as long; so it is told once more.
 */
export function hangUp(client: RedisClient): void {
  client.disconnect();
  if (client instanceof Redis && client.stream?.closed) client.stream.emit('close', false);
}

interface HabitOptions {
  maxRetriesPerRequest: number | null;
  reconnectOnError(error: Error): boolean;
  enableOfflineQueue?: boolean;
  autoResendUnfulfilledCommands?: boolean;
  commandTimeout?: number;
}

function createClient(
  { target, role, habit }: Connection,
  retryStrategy: (tries: number) => number | null,
): RedisClient {
  const options = { ...habitOptions(habit), connectionName: `${target.name}:${role}`, lazyConnect: true };
  if (!target.cluster) {
    return new Redis(target.redisUrl, { ...options, ...redisTls(target), retryStrategy });
  }
  const { lazyConnect, ...redisOptions } = options;
  return new Cluster([target.redisUrl], {
    lazyConnect,
    enableOfflineQueue: habit.kind === 'patient',
    clusterRetryStrategy: retryStrategy,
    // Nodes found later know nothing of the URL, so its credentials are given to every node.
    redisOptions: { ...redisOptions, ...readCredentials(target.redisUrl), ...redisTls(target) },
  });
}

function habitOptions(habit: ConnectionHabit): HabitOptions {
  if (habit.kind === 'patient') return { maxRetriesPerRequest: null, reconnectOnError };
  return {
    reconnectOnError,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: habit.timeoutMs,
  };
}

/** After a failover the old master only reads; connecting again finds the new one behind the same name. */
function reconnectOnError(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

function reconnectDelayMs(tries: number): number {
  return Math.min(50 * 2 ** Math.min(tries, 10), RECONNECT_DELAY_MAX_MS);
}

function readCredentials(redisUrl: string): { username?: string; password?: string } {
  const { username, password } = new URL(redisUrl);
  return {
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}
