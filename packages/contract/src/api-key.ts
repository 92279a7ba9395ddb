// API keys: `slk_{id}_{secret}`. The id is not secret and identifies the key in lists and logs. The service stores only
// the SHA-256 of the secret (256 random bits). The full key is shown once, when it is created.

import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { SCOPES } from './access.ts';
import { refuse } from './field-error.ts';
import { orgId } from './identifiers.ts';
import { CURSOR_LENGTH_MAX, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from './reading-queries.ts';
import { storableText } from './text.ts';
import { timestamp, timestampOut } from './timestamp.ts';
import { wholeNumber } from './whole-number.ts';

export const KEY_NAME_LENGTH_MAX = 200;

const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const SECRET_ALPHABET = `${ID_ALPHABET}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;
const ID_LENGTH = 16;
/** 43 characters of 62 are 256.03 bits. */
const SECRET_LENGTH = 43;
const KEY_TEXT = /^slk_([\da-z]{16})_([\da-zA-Z]{43})$/;
const KEY_ID = /^[\da-z]{16}$/;

export interface KeyCredential {
  readonly keyId: string;
  /** SHA-256 of the secret half: 32 bytes. */
  readonly secretHash: Buffer;
}

/** Generates a new key. `text` is what its owner sends; it cannot be recovered from the other fields. */
export function newApiKey(): KeyCredential & { readonly text: string } {
  const keyId = randomText(ID_LENGTH, ID_ALPHABET);
  const secret = randomText(SECRET_LENGTH, SECRET_ALPHABET);
  return { keyId, secretHash: hashOf(secret), text: `slk_${keyId}_${secret}` };
}

/** Returns `undefined` if the text is not a key. Does not check whether the key exists. */
export function parseApiKey(text: string): KeyCredential | undefined {
  const [, keyId, secret] = KEY_TEXT.exec(text) ?? [];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secretHash: hashOf(secret) };
}

/** Whether the text has the format of a key id. */
export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

// Discards bytes beyond the last whole multiple of the alphabet's length, so every character is equally likely.
function randomText(length: number, alphabet: string): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

const scopes = z
  .array(z.enum(SCOPES, { error: `Must be one of ${SCOPES.join(', ')}.` }))
  .min(1)
  .refine(
    (given) => new Set(given).size === given.length,
    refuse('repeated', 'Must not contain a scope twice.'),
  )
  .meta({
    description:
      'What the key may do; no scope includes another. `admin` is for operators and must be the only scope.',
    override: { uniqueItems: true },
  });

// Checked only when both fields are valid; otherwise there is nothing to compare.
const ofItsOwner = {
  ...refuse(
    'scopes-do-not-fit',
    'Must be exactly ["admin"] without orgId, and must not contain `admin` with orgId.',
  ),
  path: ['scopes'],
  when: ({ issues }: { issues: readonly unknown[] }) => issues.length === 0,
};

/** The body of `POST /api/admin/keys`. */
export const newKey = z
  .strictObject({
    orgId: orgId
      .optional()
      .meta({ description: 'If omitted, the key is an operator’s key and is valid for every org.' }),
    name: storableText({ min: 0, max: KEY_NAME_LENGTH_MAX })
      .default('')
      .meta({ description: 'A note for people: the owner of the key and its purpose.' }),
    scopes,
    expiresAt: timestamp.optional(),
  })
  .refine(fitsItsOwner, ofItsOwner)
  .meta({ id: 'NewKey' });

function fitsItsOwner(key: { orgId?: string | undefined; scopes: readonly string[] }): boolean {
  const isAdmin = key.scopes.includes('admin');
  return key.orgId === undefined ? isAdmin && key.scopes.length === 1 : !isAdmin;
}

export const keyResource = z
  .object({
    keyId: z.string().meta({ description: 'The part of the key that is not secret.' }),
    orgId: z.string().optional().meta({ description: 'Absent on an operator’s key.' }),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: timestampOut,
    expiresAt: timestampOut.optional(),
    revokedAt: timestampOut.optional(),
    lastUsedAt: timestampOut.optional().meta({ description: 'May lag by about a minute.' }),
  })
  .meta({ id: 'Key' });

export const keyWithSecret = keyResource
  .extend({
    key: z.string().meta({
      description: 'The value to send as `Authorization: Bearer …`. Shown only in this response.',
      examples: ['slk_…'],
    }),
  })
  .meta({ id: 'KeyWithSecret' });

/** The query of `GET /api/admin/keys`. */
export const keysQuery = z.strictObject({
  orgId: orgId.optional(),
  limit: wholeNumber({ min: 1, max: LIST_LIMIT_MAX }).default(LIST_LIMIT_DEFAULT),
  cursor: z.string().min(1).max(CURSOR_LENGTH_MAX).optional(),
});

export type NewKey = z.output<typeof newKey>;
export type KeyResource = z.output<typeof keyResource>;
