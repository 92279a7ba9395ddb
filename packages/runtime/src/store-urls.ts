// The URLs of PostgreSQL and Redis, and the verification of their certificates. A connection is either plain or fully
// verified: the modes between, which do not verify the server or silently fall back, are refused or read as verified.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { urlOf } from './read-config.ts';

/** The authority that signed a server's certificate. */
export interface CaFile {
  readonly path: string;
  readonly pem: string;
}

const UNREADABLE = 'must be the path of a file with certificates in PEM that this process may read';

/** A path, and the content of the file when the process starts. */
export const caFile = z.string().transform((path, context): CaFile => {
  const pem = textOf(path);
  if (pem?.includes('-----BEGIN CERTIFICATE-----')) return { path, pem };
  context.addIssue({ code: 'custom', message: UNREADABLE });
  return z.NEVER;
});

export const redisUrl = urlOf('redis', 'rediss');

/** Modes of libpq that guarantee TLS, with different verification. All of them mean full verification here. */
const PROVEN = new Set(['require', 'verify-ca', 'verify-full']);

const MODE_ERROR =
  'must have sslmode=verify-full, sslmode=disable or no sslmode: other modes may be plain or not verify the server';

/** A URL whose `sslmode`, when it has one, is `verify-full` or `disable`. */
export const databaseUrl = urlOf('postgres', 'postgresql').transform((text, context) => {
  const { searchParams } = new URL(text);
  const mode = searchParams.get('sslmode');
  const hasOther = ['ssl', 'uselibpqcompat'].some((name) => searchParams.has(name));
  if (!hasOther && (mode === null || mode === 'disable' || mode === 'verify-full')) return text;
  if (!hasOther && mode !== null && PROVEN.has(mode)) return withParameters(text, { sslmode: 'verify-full' });
  context.addIssue({ code: 'custom', message: MODE_ERROR });
  return z.NEVER;
});

/** Adds the authority to the URL in libpq's parameters, so that a client needs only the URL. */
export function proveDatabase(url: string, ca: CaFile | undefined): string {
  return ca === undefined ? url : withParameters(url, { sslmode: 'verify-full', sslrootcert: ca.path });
}

/** Whether a CA file is set together with a URL of a plain connection: one of the two is a mistake. */
export function contradictsCa(ca: unknown, url: unknown): boolean {
  if (ca === undefined || typeof url !== 'string') return false;
  return url.startsWith('redis://') || new URL(url).searchParams.get('sslmode') === 'disable';
}

function withParameters(text: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(text);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
