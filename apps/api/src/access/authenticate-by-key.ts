// Judges API keys by their text alone: the id finds the key, and the SHA-256 of the secret must match the
// key's.

import { parseApiKey, type KeyCredential } from '@slotline/contract';
import type { Authenticate } from './access.ts';
import { readBearer } from './bearer.ts';
import type { FoundKey, KeyRing } from './key-ring.ts';
import type { KeyUses } from './key-uses.ts';
import { hasSecretOf, isInForce } from './known-key.ts';
import type { Principal } from './principal.ts';
import { unauthenticated } from './refusals.ts';

export interface AuthenticateByKeyOptions {
  readonly ring: KeyRing;
  readonly uses: KeyUses;
  readonly now: () => number;
}

/** Synchronous for every key that this process has already looked up. */
export function createAuthenticateByKey({ ring, uses, now }: AuthenticateByKeyOptions): Authenticate {
  const judge = (credential: KeyCredential, key: FoundKey): Principal => {
    const at = now();
    if (!hasSecretOf(key, credential) || !isInForce(key, at)) throw unauthenticated();
    uses.note(credential.keyId, at);
    return key.principal;
  };
  return (authorization) => {
    const text = readBearer(authorization);
    const credential = text === undefined ? undefined : parseApiKey(text);
    if (credential === undefined) throw unauthenticated();
    const found = ring.find(credential.keyId);
    return found instanceof Promise ? found.then((key) => judge(credential, key)) : judge(credential, found);
  };
}
