import { describe, expect, test } from '@jest/globals';
import { newSecret, openSecret, SealedSecretError, sealSecret } from './secrets.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const OTHER_KEY = Uint8Array.from({ length: 32 }, (_, at) => at + 1);

/** Every copy of the text with one byte of its base64 part changed. */
function withOneByteChanged(sealed: string): string[] {
  const prefix = 'sealed:v1:';
  const bytes = Buffer.from(sealed.slice(prefix.length), 'base64');
  return Array.from(bytes, (byte, at) => {
    const changed = Buffer.from(bytes);
    changed[at] = byte ^ 1;
    return prefix + changed.toString('base64');
  });
}

describe('a new secret', () => {
  test('is whsec_ and 32 bytes, and never the same', () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    for (const secret of secrets) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
    }
    expect(new Set(secrets).size).toBe(100);
  });
});

describe('a sealed secret', () => {
  test('opens with its key, shows nothing and is never sealed the same way twice', () => {
    const secret = newSecret();
    const [one, two] = [sealSecret(secret, KEY), sealSecret(secret, KEY)];
    expect(openSecret(one, KEY)).toBe(secret);
    expect(openSecret(two, KEY)).toBe(secret);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^sealed:v1:[A-Za-z0-9+/]+=*$/);
    expect(one).not.toContain(secret.slice('whsec_'.length));
  });

  test('of an earlier release can still be opened', () => {
    const sealed =
      'sealed:v1:+MHQ5lhhYXHDXAulBAf8ZNVYYTY5AaAGRQzuQ5dzjOT0GBYlJXUwuhJBH6bt7ngDNtgKnaY7YnWhXDA+eH4aljgt';
    expect(openSecret(sealed, KEY)).toBe('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  });

  test('without a key is stored readable, says so, and opens with any key and none', () => {
    const secret = newSecret();
    const stored = sealSecret(secret, undefined);
    expect(stored).toBe(`readable:v1:${secret}`);
    expect(openSecret(stored, undefined)).toBe(secret);
    expect(openSecret(stored, KEY)).toBe(secret);
  });

  test('does not open without a key, with another one, or with any byte changed', () => {
    const sealed = sealSecret(newSecret(), KEY);
    expect(() => openSecret(sealed, undefined)).toThrow(SealedSecretError);
    expect(() => openSecret(sealed, OTHER_KEY)).toThrow(SealedSecretError);
    for (const changed of withOneByteChanged(sealed)) {
      expect(() => openSecret(changed, KEY)).toThrow(SealedSecretError);
    }
  });

  test.each(['', 'whsec_AAAA', 'sealed:v2:AAAA', 'sealed:v1:', 'sealed:v1:AAAA', 'sealed:v1:%%%'])(
    'is not %j',
    (text) => {
      expect(() => openSecret(text, KEY)).toThrow(SealedSecretError);
    },
  );

  test('is not contained in any error', () => {
    const secret = newSecret();
    const sealed = sealSecret(secret, KEY);
    const [first = ''] = withOneByteChanged(sealed);
    for (const open of [
      () => openSecret(sealed, OTHER_KEY),
      () => openSecret(sealed, undefined),
      () => openSecret(first, KEY),
      () => openSecret(secret, KEY),
    ]) {
      const error = thrownBy(open);
      expect(error.cause).toBeUndefined();
      for (const part of [secret.slice(6, 20), sealed.slice(10, 30), Buffer.from(KEY).toString('base64')]) {
        expect(error.message).not.toContain(part);
      }
    }
  });
});

test('a key of another length is refused wherever it is used', () => {
  expect(() => sealSecret('whsec_AAAA', KEY.slice(1))).toThrow(RangeError);
  expect(() => openSecret(sealSecret('whsec_AAAA', KEY), KEY.slice(1))).toThrow(RangeError);
});

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
