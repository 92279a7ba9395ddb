/**
 * The password of an embedded server: 192 random bits in a file beside the data folder, which only its owner may read. A
 * removed file is made again with another password at the next start. No password is ever an argument of a process,
 * because every local user can read those.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { EmbeddedServerError } from './embedded-error.ts';
import { errorMessage, findErrorCode } from './system-error.ts';

const PASSWORD_BYTES = 24;
/** Characters that need no quotes in a URL, in SQL and in a configuration of Redis. */
const PASSWORD = /^[\w-]{22,}$/;

/** Where the password of the server on this data folder is. */
export const passwordFileOf = (dir: string) => `${dir}.password`;

export function makePassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/** The password in the file, `undefined` when there is none. Throws an `EmbeddedServerError` without what is in it. */
export function findPassword(file: string): string | undefined {
  const password = read(file);
  if (password === undefined || PASSWORD.test(password)) return password;
  throw new EmbeddedServerError(
    `${file} holds no password. Stop Slotline, remove the file, and start again: that makes a new password.`,
  );
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (findErrorCode(error) === 'ENOENT') return undefined;
    throw new EmbeddedServerError(
      `The password in ${file} cannot be read: ${errorMessage(error)}. Run this as the user that started Slotline.`,
    );
  }
}

/** Writes the file in one step. Returns the password that counts: the one of another process when that was first. */
export function keepPassword(file: string, password: string): string {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `${password}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(draft, file);
  } catch (error) {
    if (findErrorCode(error) !== 'EEXIST') {
      throw new EmbeddedServerError(`The password file ${file} cannot be made: ${errorMessage(error)}.`);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return findPassword(file) ?? password;
}

/** The password in the file, made when there is none. */
export function ensurePassword(file: string): string {
  return findPassword(file) ?? keepPassword(file, makePassword());
}
