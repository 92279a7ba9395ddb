/** The run's shared Redis, and a namespace in it that no other test uses. */
import { randomUUID } from 'node:crypto';
import { getServerUrl } from './config.ts';

/**
 * `name` is fresh at every call: prefix every key with it. Throws an explanation if no server is given and the run has
 * none.
 */
export function testRedis(url: string = getServerUrl('redis')): { url: string; name: string } {
  return { url, name: `test-${randomUUID()}` };
}
