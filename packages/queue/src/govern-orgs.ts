/**
 * What an operator says about an org: that it stands still, or what share of the service it has.
 * Kept beside the mailboxes and read by the scripts that hand out work, so it holds from the next batch on.
 */
import { assertId } from './assert-unit.ts';
import type { RedisClient } from './connect.ts';
import { WEIGHT_MAX } from './limits.ts';
import { PAUSE_LUA, RESUME_LUA } from './lua/govern.ts';
import { defineScript, runScript } from './script.ts';
import { type Shard, shardOf } from './shards.ts';
import type { Waker } from './wake-lines.ts';

const PAUSE = defineScript(PAUSE_LUA);
const RESUME = defineScript(RESUME_LUA);

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

/** Throws a `RangeError` on a weight that is no whole number from 1 to `WEIGHT_MAX`. */
export async function setWeight(
  client: RedisClient,
  shards: readonly Shard[],
  { orgId, weight }: { orgId: string; weight: number },
): Promise<void> {
  assertId('orgId', orgId);
  if (!Number.isInteger(weight) || weight < 1 || weight > WEIGHT_MAX) {
    throw new RangeError(`a weight is a whole number from 1 to ${WEIGHT_MAX}, not ${weight}`);
  }
  const { weights } = shardOf(shards, orgId);
  // What everybody has is not written down, so the hash holds only whom an operator thought of.
  await (weight === 1 ? client.hdel(weights, orgId) : client.hset(weights, orgId, weight));
}
