/** Where the superuser of a PostgreSQL of ours connects. */
import { LOOPBACK } from './free-port.ts';

/** Without a password, that of a server that an earlier release left open. */
export function postgresUrl(port: number, password?: string): string {
  const user = password === undefined ? 'postgres' : `postgres:${password}`;
  return `postgres://${user}@${LOOPBACK}:${port}/postgres`;
}
