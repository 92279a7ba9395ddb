/**
 * The key that seals the secrets of webhooks: made once into the data folder and kept, because what was sealed with
 * it opens with nothing else. A key that the environment names is used instead.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from '../cli-error.ts';

const KEY_FILE = 'webhook-secrets.key';
const KEY_BYTES = 32;

/** The key in base64. Throws a `CliError` when the file cannot be read, made or understood; never shows what is in it. */
export function ensureSecretsKey(dataDir: string): string {
  const file = path.join(dataDir, KEY_FILE);
  try {
    const key = read(file) ?? make(file);
    if (Buffer.from(key, 'base64').length === KEY_BYTES) return key;
  } catch (error) {
    const why = codeOf(error) ?? String(error);
    throw new CliError(`The key of the webhooks' secrets cannot be kept in ${file} (${why}).`);
  }
  throw new CliError(
    `${file} is not the key it was. Bring it back, or remove it and rotate the secret of every webhook.`,
  );
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** In one step: nobody ever reads half a key, and of two who make one at once both get the first. */
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
