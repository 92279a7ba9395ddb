// The secrets that sign deliveries: made here, and sealed for the time they lie in a store. They have to be
// recoverable, so they are encrypted and not hashed. No error of this file says anything of a secret or a key.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** AES-256-GCM: base64 of nonce, ciphertext and tag. The prefix is authenticated with them. */
const SEALED_V1 = 'sealed:v1:';
/** No key was configured: the secret as it is. */
const READABLE_V1 = 'readable:v1:';

/** A stored secret cannot be opened with the key of this process. The cause is not reported; the operator must find it. */
export class SealedSecretError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealedSecretError';
  }
}

/** `whsec_` and the base64 of 32 random bytes, as Standard Webhooks writes secrets. */
export function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** What to store for a secret. Two sealings of one secret differ; without a key it is stored readable and says so. */
export function sealSecret(secret: string, key: Uint8Array | undefined): string {
  if (key === undefined) return READABLE_V1 + secret;
  assertKey(key);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(SEALED_V1));
  const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return SEALED_V1 + sealed.toString('base64');
}

/**
 * The secret that was stored. Throws a {@link SealedSecretError} when the key is missing or another one, and when
 * the stored text was changed. A readable secret opens with any key and none, so that a key can be introduced later.
 */
export function openSecret(sealed: string, key: Uint8Array | undefined): string {
  if (sealed.startsWith(READABLE_V1)) return sealed.slice(READABLE_V1.length);
  if (!sealed.startsWith(SEALED_V1)) throw new SealedSecretError('a stored secret has an unknown format');
  if (key === undefined) throw new SealedSecretError('a stored secret is sealed and no key is configured');
  assertKey(key);
  const bytes = Buffer.from(sealed.slice(SEALED_V1.length), 'base64');
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) throw new SealedSecretError('a stored secret is cut short');
  try {
    return decrypt(bytes, key);
  } catch {
    throw new SealedSecretError('a stored secret does not open with the configured key');
  }
}

function decrypt(bytes: Buffer, key: Uint8Array): string {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(SEALED_V1));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString('utf8');
}

function assertKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`a secrets key has ${KEY_BYTES} bytes`);
}
