// The delivery log does not grow for ever.

import type { Database } from '../database.ts';

export async function pruneDeliveries(
  _db: Database,
  _options: { beforeMs: number; limit: number },
): Promise<number> {
  throw new TypeError('not built yet');
}
