// Opens what `AUTH` asks for.

import type { Database } from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import type { Access } from './access.ts';
import type { AuthConfig } from './auth-config.ts';
import { ANYONE } from './principal.ts';

export interface AccessOptions {
  /** The primary: it holds the keys. */
  readonly db: Database;
  readonly logger: Logger;
}

export async function openAccess({ auth }: { auth: AuthConfig }, _options: AccessOptions): Promise<Access> {
  switch (auth.kind) {
    case 'none':
      return OPEN_TO_ANYONE;
    case 'keys':
    case 'jwt':
      throw new Error(`AUTH=${auth.kind} cannot be opened yet`);
  }
}

const OPEN_TO_ANYONE: Access = {
  authenticate: () => ANYONE,
  watch: () => () => undefined,
  close: async () => undefined,
};
