// The servers that all tests share, as a benchmark sees them.

import { createTestDatabase, testRedis } from '@slotline/testkit';
import type { Stores } from '../stage/stores.ts';

export function sharedStores(): Stores {
  return { redisUrl: testRedis().url, createDatabase: createTestDatabase };
}
