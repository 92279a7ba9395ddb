// How a connection to PostgreSQL is secured, from its URL. Said aloud for every connection, plain ones too, because the
// driver would otherwise ask the environment (PGSSLMODE, NODE_TLS_REJECT_UNAUTHORIZED) and take less.

import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** Parameters of libpq's that say how; the driver's own reading of them is not used. */
const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const;

export interface SecuredConnection {
  /** The URL without what was said about TLS. */
  readonly connectionString: string;
  /** `false` is a plain connection. Otherwise the server proves to be the host of the URL, or nothing is sent. */
  readonly ssl: false | ConnectionOptions;
}

/**
 * `sslmode=verify-full`, with the files `sslrootcert` (default: the authorities that Node trusts), `sslcert` and
 * `sslkey`; `disable` or no mode is plain. Throws a `RangeError` on other modes, and the system's error on a file that
 * cannot be read.
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
