// The interface of every authentication mode: keys, tokens or none. A credential is judged by its text alone;
// its org and scopes come from the credential, never from the request.

import type { Principal } from './principal.ts';

/**
 * Returns the principal of an `Authorization` header. Synchronous when the credential is already known,
 * because every request pays for it. Throws, or rejects with, the same 401 problem for every invalid
 * credential, and the 503 problem when validity cannot be checked now.
 */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>;

export interface Access {
  readonly authenticate: Authenticate;
  /**
   * Calls back once when the credential stops being valid (revoked or expired), even if that happened before
   * this call. Returns a function that ends the watch and may be called at any time. Never calls back when no
   * credential is needed.
   */
  watch(principal: Principal, onEnd: () => void): () => void;
  close(): Promise<void>;
}
