import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { makeTestFolder } from '@slotline/testkit';
import { CliError } from '../src/cli-error.ts';
import { ensureSecretsKey } from '../src/up/secrets-key.ts';

function folder(): string {
  const dir = makeTestFolder('key');
  mkdirSync(dir, { recursive: true });
  return dir;
}

test('a key is made once, for its owner alone, and is the same ever after', () => {
  const dir = path.join(folder(), 'not', 'there', 'yet');
  const key = ensureSecretsKey(dir);
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  const file = path.join(dir, 'webhook-secrets.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(ensureSecretsKey(dir)).toBe(key);
  expect(readdirSync(dir)).toEqual(['webhook-secrets.key']);
  expect(ensureSecretsKey(folder())).not.toBe(key);
});

test('a file that is no key is refused and left alone, and what is in it is not shown', () => {
  const dir = folder();
  const file = path.join(dir, 'webhook-secrets.key');
  writeFileSync(file, 'canary');
  expect(() => ensureSecretsKey(dir)).toThrow(CliError);
  expect(() => ensureSecretsKey(dir)).not.toThrow(/canary/);
  expect(readFileSync(file, 'utf8')).toBe('canary');
});

test('a folder that cannot be used is a sentence that names the file', () => {
  const dir = folder();
  writeFileSync(path.join(dir, 'data'), '');
  expect(() => ensureSecretsKey(path.join(dir, 'data'))).toThrow(/cannot be kept in .*webhook-secrets\.key/);
});
