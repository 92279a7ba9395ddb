/**
 * What an operator sees and sets of orgs: depth and oldest age of their mailboxes, pace; pause and weight.
 * Pause and weight are stored beside the mailboxes and read by the scripts that hand out work, so they take
 * effect with the next batch.
 */
import { LIST_ORGS_MAX, WEIGHT_MAX } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import { type Shard, shardOf } from '../redis/shards.ts';
import { assertId } from './acceptance.ts';
import type { Waker } from './wake-partitions.ts';

export interface OrgInspection {
  readonly orgId: string;
  /** Items waiting. */
  readonly depth: number;
  /** Age of the item at the head; 0 when none waits. */
  readonly oldestAgeMs: number;
  readonly isPaused: boolean;
  /** The org's relative share; 1 unless an operator set another one. */
  readonly weight: number;
  /** Measured ms per item; absent while the org is inactive. */
  readonly paceMs?: number;
}

const INSPECT = loadScript('inspect');
const OLDEST_AGE = loadScript('oldest-age');

export async function inspectOrg(
  client: RedisClient,
  shards: readonly Shard[],
  orgId: string,
): Promise<OrgInspection> {
  const [inspection] = await callInspect(client, shardOf(shards, orgId), [0, orgId]);
  if (!inspection) throw new Error('the inspect script returned no row for the org');
  return inspection;
}

/**
 * Orgs with waiting items, longest waiting first; then idle orgs that are paused or have a weight, by name.
 */
export async function listOrgs(
  client: RedisClient,
  shards: readonly Shard[],
  limit: number,
): Promise<readonly OrgInspection[]> {
  const bounded = Math.max(1, Math.min(Math.floor(limit), LIST_ORGS_MAX));
  const lists = await Promise.all(shards.map((shard) => callInspect(client, shard, [bounded])));
  return lists.flat().sort(byWaiting).slice(0, bounded);
}

/** Paused orgs do not count, because they are not to be served. */
export async function findOldestAgeMs(client: RedisClient, shards: readonly Shard[]): Promise<number> {
  const ages = await Promise.all(
    shards.map((shard) => runScript(client, OLDEST_AGE, { keys: [shard.busy, shard.paused], args: [] })),
  );
  return Math.max(...ages.map(Number));
}

function byWaiting(a: OrgInspection, b: OrgInspection): number {
  const isIdle = [a, b].map(({ depth }) => (depth === 0 ? 1 : 0));
  if (isIdle[0] !== isIdle[1]) return (isIdle[0] ?? 0) - (isIdle[1] ?? 0);
  return b.oldestAgeMs - a.oldestAgeMs || (a.orgId < b.orgId ? -1 : 1);
}

async function callInspect(
  client: RedisClient,
  shard: Shard,
  args: readonly (string | number)[],
): Promise<readonly OrgInspection[]> {
  const keys = [shard.busy, shard.paused, shard.weights];
  const flat = (await runScript(client, INSPECT, { keys, args: [shard.tag, ...args] })) as (
    string | number
  )[];
  const inspections: OrgInspection[] = [];
  for (let at = 0; at < flat.length; at += 6) {
    const [orgId, depth, oldestAgeMs, isPaused, pace, weight] = flat.slice(at, at + 6);
    inspections.push({
      orgId: String(orgId),
      depth: Number(depth),
      oldestAgeMs: Number(oldestAgeMs),
      isPaused: isPaused === 1,
      weight: Number(weight),
      ...(pace === '' ? {} : { paceMs: Number(pace) }),
    });
  }
  return inspections;
}

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
  const partitions = await runScript(client, RESUME, { keys: [shard.paused], args: [shard.tag, orgId] });
  waker.wake(shard, partitions as number[]);
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
