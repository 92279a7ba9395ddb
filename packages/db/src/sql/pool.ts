// Opens pools of connections to PostgreSQL with the same settings for all users of this package: exact type
// parsers, explicit timeouts, and error listeners, so that a lost connection does not end the process.

import pg from 'pg';

import { secureConnection } from './tls.ts';

export interface PoolOptions {
  readonly url: string;
  readonly poolMax: number;
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  /** How long a call waits for a connection, new or reused. */
  readonly connectTimeoutMs: number;
  /** Further server settings of each connection. */
  readonly settings?: Readonly<Record<string, string>>;
}

// A server process that waits for its client notices within this time that the client is gone (C20).
const CONNECTION_SETTINGS = {
  client_connection_check_interval: '1s',
  tcp_user_timeout: '10s',
  TimeZone: 'UTC',
};

const INT8_OID = 20;
const JSON_OID = 114;

type Reader = (text: string) => unknown;

// Milliseconds up to the year 9999 and row counters fit a double exactly. JSON stays text.
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number): Reader {
    if (oid === INT8_OID) return Number;
    if (oid === JSON_OID) return String;
    return pg.types.getTypeParser(oid) as Reader;
  },
};

/**
 * Creates a pool that connects on first use. A broken connection is replaced, and the call that used it gets the
 * error.
 */
export function openPool(options: PoolOptions): pg.Pool {
  const settings = { ...CONNECTION_SETTINGS, ...options.settings };
  const pool = new pg.Pool({
    ...secureConnection(options.url),
    max: options.poolMax,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types,
    onConnect: requireDurableCommit,
  });
  // Two listeners are needed, because the pool removes its own while a client is checked out, and an `error` event
  // without a listener ends the process. The query in flight is rejected separately, so no error is lost.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

// A mailbox is trimmed after the commit, so a commit that is not yet on disk could lose an accepted request (P1).
// Only `off` is changed. The pool awaits the promise, although its type does not say so.
function requireDurableCommit(client: pg.ClientBase): unknown {
  return client.query(
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
  );
}
