// What the API needs of whatever judges credentials: keys, tokens, or nobody. A credential is judged by its text
// alone; which org and which scopes it has is in what it was made with, never in the request.

import type { Principal } from './principal.ts';

/**
 * Who sent this `Authorization` header. Synchronous when the credential is known already, because every request pays
 * for it. Throws, or rejects with, the 401 problem for whatever is no valid credential, always the same one, and the
 * 503 problem when that cannot be judged now.
 */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>;

export interface Access {
  readonly authenticate: Authenticate;
  /**
   * Calls back once when the credential stops being valid: revoked or expired, before this call or after it. Returns
   * what ends the watch, which may be called at any time. Never calls back for whoever needs no credential.
   */
  watch(principal: Principal, onEnd: () => void): () => void;
  close(): Promise<void>;
}
