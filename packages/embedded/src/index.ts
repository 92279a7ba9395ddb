/** PostgreSQL and Redis of our own, as child processes on loopback: for `slotline up` and for tests. */
export { EmbeddedServerError } from './embedded-error.ts';
export { findRunningPostgres } from './find-running-postgres.ts';
export { findFreePort } from './free-port.ts';
export { ensurePassword } from './own-password.ts';
export { isAlive, listChildren } from './process-table.ts';
export { stopLeftPostgres } from './postgres-cluster.ts';
export { stopLeftRedis } from './redis-folder.ts';
export type { RunningServer } from './running-server.ts';
export { startPostgres, type StartPostgresOptions } from './start-postgres.ts';
export { startRedis, type StartRedisOptions } from './start-redis.ts';
