/** For tests only: databases, key namespaces and private servers that clean up after themselves. */
export { makeTestFolder, startPostgres, startRedis } from './private-servers.ts';
export { startSystem, type System, type SystemOptions } from './start-system.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { testRedis } from './test-redis.ts';
export { type RunningServer } from '@slotline/embedded';
