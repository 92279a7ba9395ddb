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

test('a key is created once, is readable only by its owner, and never changes', () => {
  const dir = path.join(folder(), 'not', 'there', 'yet');
  const key = ensureSecretsKey(dir);
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  const file = path.join(dir, 'webhook-secrets.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(ensureSecretsKey(dir)).toBe(key);
  expect(readdirSync(dir)).toEqual(['webhook-secrets.key']);
  expect(ensureSecretsKey(folder())).not.toBe(key);
});

test('a file that is not a key is refused and not changed, and its content is not shown', () => {
  const dir = folder();
  const file = path.join(dir, 'webhook-secrets.key');
  writeFileSync(file, 'canary');
  expect(() => ensureSecretsKey(dir)).toThrow(CliError);
  expect(() => ensureSecretsKey(dir)).not.toThrow(/canary/);
  expect(readFileSync(file, 'utf8')).toBe('canary');
});

test('an unusable folder gives an error message that names the file', () => {
  const dir = folder();
  writeFileSync(path.join(dir, 'data'), '');
  expect(() => ensureSecretsKey(path.join(dir, 'data'))).toThrow(/cannot be kept in .*webhook-secrets\.key/);
});
