// API keys as operators see them: never with the secret, nor with its hash.

import { formatInstant, type Instant } from '@slotline/core';
import type { KeyResource } from '../api-key.ts';

export interface KeyFacts {
  readonly keyId: string;
  /** `null`: the operator's. */
  readonly orgId: string | null;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
  readonly lastUsedAt: Instant | null;
}

export function presentKey(key: KeyFacts): KeyResource {
  const { keyId, orgId, name, scopes, createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  return {
    keyId,
    ...(orgId === null ? {} : { orgId }),
    name,
    scopes: [...scopes],
    createdAt: formatInstant(createdAt),
    ...(expiresAt === null ? {} : { expiresAt: formatInstant(expiresAt) }),
    ...(revokedAt === null ? {} : { revokedAt: formatInstant(revokedAt) }),
    ...(lastUsedAt === null ? {} : { lastUsedAt: formatInstant(lastUsedAt) }),
  };
}
