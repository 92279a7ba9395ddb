// Reads the TLS options of a PostgreSQL connection from its URL. They are set explicitly for every connection, also
// without TLS, because the driver would otherwise read PGSSLMODE and NODE_TLS_REJECT_UNAUTHORIZED and might accept
// less security.

import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** TLS parameters of libpq in the URL; the driver's own interpretation of them is not used. */
const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const;

export interface SecuredConnection {
  /** The URL without its TLS parameters. */
  readonly connectionString: string;
  /** `false`: no TLS. Otherwise nothing is sent unless the server proves to be the host of the URL. */
  readonly ssl: false | ConnectionOptions;
}

/**
 * `sslmode=verify-full` uses the files `sslrootcert` (default: the authorities that Node trusts), `sslcert` and
 * `sslkey`. `disable` or no mode means no TLS. Throws a `RangeError` for other modes, and the system's error for an
 * unreadable file.
 */
export function secureConnection(url: string): SecuredConnection {
  const { searchParams } = new URL(url);
  const said = new Map(TLS_PARAMETERS.map((name) => [name, searchParams.get(name) ?? undefined]));
  const mode = said.get('sslmode');
  const connectionString = [...said.values()].every((value) => value === undefined) ? url : without(url);
  if (mode === undefined || mode === 'disable') return { connectionString, ssl: false };
  if (mode !== 'verify-full') throw new RangeError('sslmode must be verify-full or disable');
  const ca = textOf(said.get('sslrootcert'));
  const cert = textOf(said.get('sslcert'));
  const key = textOf(said.get('sslkey'));
  return {
    connectionString,
    ssl: {
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

function without(url: string): string {
  const rest = new URL(url);
  for (const name of TLS_PARAMETERS) rest.searchParams.delete(name);
  return rest.href;
}

function textOf(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}
