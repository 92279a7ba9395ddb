/**
 * The key that encrypts webhook secrets. It is created once in the data folder and kept, because secrets can
 * only be decrypted with the key that encrypted them. A key from the environment takes precedence.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from '../cli-error.ts';

const KEY_FILE = 'webhook-secrets.key';
const KEY_BYTES = 32;

/**
 * The key in base64. Throws a `CliError` when the file is unusable; the message never contains its content.
 */
export function ensureSecretsKey(dataDir: string): string {
  const file = path.join(dataDir, KEY_FILE);
  try {
    const key = read(file) ?? make(file);
    if (Buffer.from(key, 'base64').length === KEY_BYTES) return key;
  } catch (error) {
    const why = codeOf(error) ?? String(error);
    throw new CliError(`The encryption key of webhook secrets cannot be kept in ${file} (${why}).`);
  }
  throw new CliError(`${file} is damaged. Restore it, or delete it and rotate the secret of every webhook.`);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Creates the file atomically: no process reads a partial key, and concurrent creators all get the first key.
 */
function make(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read(file) ?? '';
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
