/**
 * An operator's settings for an org: pause and weight. They are stored beside the mailboxes and read by the
 * scripts that hand out work, so they take effect with the next batch.
 */
import { assertId } from './assert-unit.ts';
import type { RedisClient } from '../redis/connect.ts';
import { WEIGHT_MAX } from '../limits.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import { type Shard, shardOf } from '../redis/shards.ts';
import type { Waker } from './wake-lines.ts';

const PAUSE = loadScript('pause');
const RESUME = loadScript('resume');

export async function pauseOrg(client: RedisClient, shards: readonly Shard[], orgId: string): Promise<void> {
  assertId('orgId', orgId);
  const shard = shardOf(shards, orgId);
  await runScript(client, PAUSE, { keys: [shard.paused], args: [shard.tag, orgId] });
}

export async function resumeOrg(
  client: RedisClient,
  shards: readonly Shard[],
  { orgId, waker }: { orgId: string; waker: Waker },
): Promise<void> {
  assertId('orgId', orgId);
  const shard = shardOf(shards, orgId);
  const lines = await runScript(client, RESUME, { keys: [shard.paused], args: [shard.tag, orgId] });
  waker.wake(shard, lines as number[]);
}

/** Throws a `RangeError` unless the weight is an integer from 1 to `WEIGHT_MAX`. */
export async function setWeight(
  client: RedisClient,
  shards: readonly Shard[],
  { orgId, weight }: { orgId: string; weight: number },
): Promise<void> {
  assertId('orgId', orgId);
  if (!Number.isInteger(weight) || weight < 1 || weight > WEIGHT_MAX) {
    throw new RangeError(`a weight must be an integer from 1 to ${WEIGHT_MAX}, not ${weight}`);
  }
  const { weights } = shardOf(shards, orgId);
  // The default of 1 is not stored, so the hash has only orgs with another weight.
  await (weight === 1 ? client.hdel(weights, orgId) : client.hset(weights, orgId, weight));
}
