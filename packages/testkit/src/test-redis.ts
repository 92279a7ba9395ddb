/** The run's shared Redis, and a namespace in it that no other test uses. */
import { randomUUID } from 'node:crypto';
import { getServerUrl } from './config.ts';

/** `name` is fresh at every call: prefix every key with it. Throws a sentence when the run has no Redis. */
export function testRedis(): { url: string; name: string } {
  return { url: getServerUrl('redis'), name: `test-${randomUUID()}` };
}
