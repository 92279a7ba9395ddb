/**
 * Opens connections to Redis, with options per role. The first connect is awaited and fails with a clear
 * error; after that the connection reconnects automatically without a limit. How long a command may wait
 * depends on the role. TLS always checks the server's certificate.
 */
import { types } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { OPENING_MS, RECONNECT_DELAY_MAX_MS } from '../limits.ts';
import type { QueueEventListener } from '../queue-event.ts';
import { type QueueTarget, type ResolvedTarget, resolveTarget } from './queue-target.ts';
import { findUnavailableCode, QueueUnavailableError } from './queue-unavailable-error.ts';

export type RedisClient = Redis | Cluster;

/**
 * `asking`: a command answers or fails within `timeoutMs`. A failed command is not sent later, because there
 * is no offline queue and no resend. For callers that answer a client "unknown, try again".
 *
 * `patient`: a command waits until Redis is available. For work that must be done when Redis is back.
 */
type ConnectionHabit = { kind: 'asking'; timeoutMs: number } | { kind: 'patient' };

export interface Connection {
  readonly target: ResolvedTarget;
  /** Shows up in `CLIENT LIST` and in events. */
  readonly role: string;
  readonly habit: ConnectionHabit;
  readonly onEvent: QueueEventListener;
}

/**
 * Throws a `QueueUnavailableError`: at once if Redis cannot be reached, after `OPENING_MS` if it accepts the
 * connection and does not answer.
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
  // No reconnect before the first success: a failed connect leaves nothing to close.
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

// ioredis rejects with "Connection is closed."; the cause was emitted before as an `error` event.
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
 * Disconnects without reconnecting. If the socket is already closed, ioredis still waits two seconds for its
 * `close` event, which keeps the process alive; so the event is emitted again here.
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
    // Discovered nodes do not inherit the URL, so its credentials are set for every node.
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

/** After a failover the old master is read-only; reconnecting resolves the same name to the new master. */
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

interface RedisTls {
  readonly tls?: { readonly rejectUnauthorized: true; readonly ca?: string };
}

/**
 * Options for ioredis. A `rediss://` server must present a certificate that the CA signed for the URL's host.
 * This is explicit, so that no environment variable of Node disables it. No options for `redis://`.
 */
function redisTls({ redisUrl, redisCa }: Pick<QueueTarget, 'redisUrl' | 'redisCa'>): RedisTls {
  if (new URL(redisUrl).protocol !== 'rediss:') return {};
  return { tls: { rejectUnauthorized: true, ...(redisCa === undefined ? {} : { ca: redisCa }) } };
}

/** Node's and OpenSSL's codes for an untrusted certificate or a server without TLS. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS_CERT_ALTNAME|ERR_SSL|^EPROTO$/;

/** A clause for the error message when TLS is the reason of the failure, else `undefined`. */
function tlsFaultOf(cause: unknown): string | undefined {
  if (!types.isNativeError(cause) || !('code' in cause) || typeof cause.code !== 'string') return undefined;
  if (!UNTRUSTED.test(cause.code)) return undefined;
  return `its TLS cannot be trusted (${cause.code}); is it the right server, and the right CA file?`;
}

/** Options of a connection to the queue's Redis for other uses, such as rate-limit counters. */
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

/** A command answers or fails within `commandTimeoutMs`. Throws as `connect` does. */
export async function openRedis(options: OpenRedisOptions): Promise<OpenRedis> {
  const { role, commandTimeoutMs: timeoutMs, onEvent } = options;
  const habit = { kind: 'asking', timeoutMs } as const;
  const client = await connect({ target: resolveTarget(options), role, habit, onEvent });
  return { client, close: () => hangUp(client) };
}
