// Connections to PostgreSQL, set up alike for every user of this package: exact type readers, named
// timeouts, and no lost connection that could end the process. What runs on them is left to others.

import pg from 'pg';

import { secureConnection } from './tls.ts';

export interface PoolOptions {
  readonly url: string;
  readonly poolMax: number;
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  /** How long a call waits for a connection, new or returned by another. */
  readonly connectTimeoutMs: number;
  /** Further server settings of each connection. */
  readonly settings?: Readonly<Record<string, string>>;
}

// A session that waits for its client learns within this time that the client is gone (C20).
const CONNECTION_SETTINGS = {
  client_connection_check_interval: '1s',
  tcp_user_timeout: '10s',
  TimeZone: 'UTC',
};

const INT8_OID = 20;
const JSON_OID = 114;

type Reader = (text: string) => unknown;

// Milliseconds up to the year 9999 and counters of rows fit a double exactly. JSON stays the text it is.
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number): Reader {
    if (oid === INT8_OID) return Number;
    if (oid === JSON_OID) return String;
    return pg.types.getTypeParser(oid) as Reader;
  },
};

/** A pool that connects on first use. A connection that dies is replaced, and whoever used it gets the error. */
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
  // Two listeners, because the pool takes its own off a client while it is lent out: an `error` event
  // without a listener would end the process. The query in flight is rejected besides, so nothing is lost.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

// A mailbox is trimmed after the commit, so a commit that is not yet on disk could lose an accepted request
// (P1). Settings other than `off` are left as they are. The pool waits for the promise, though its type
// does not say so.
function requireDurableCommit(client: pg.ClientBase): unknown {
  return client.query(
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
  );
}
