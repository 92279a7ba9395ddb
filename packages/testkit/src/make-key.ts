/** Creates API keys for tests directly in the database, as an operator creates the first key of a service. */
import { newApiKey, type Scope } from '@slotline/contract';
import { createKey, openDatabase } from '@slotline/db';
import type { Instant } from '@slotline/core';

export interface KeyOptions {
  /** Left out: the operator's. */
  readonly orgId?: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Date;
  readonly name?: string;
}

/** Makes a key in the system's database and returns its text, as a client sends it. */
export async function makeKey(
  system: { readonly databaseUrl: string },
  { orgId, scopes, expiresAt, name }: KeyOptions,
): Promise<string> {
  const { keyId, secretHash, text } = newApiKey();
  const db = openDatabase({ url: system.databaseUrl, poolMax: 1 });
  try {
    await createKey(db, {
      ...{ keyId, secretHash, orgId: orgId ?? null, name: name ?? 'made by a test', scopes },
      expiresAt: expiresAt === undefined ? null : (expiresAt.getTime() as Instant),
    });
  } finally {
    await db.close();
  }
  return text;
}
