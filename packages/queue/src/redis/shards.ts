/**
 * Maps orgs to shards and partitions, and names the keys. All keys of a shard begin with the same hash tag,
 * so a script may use any of them on a cluster; org ids and item ids are suffixes only.
 */
import { createHash } from 'node:crypto';
import { PARTITIONS } from '../limits.ts';
import type { ResolvedTarget } from './queue-target.ts';

/** The keys of one shard. */
export interface Shard {
  readonly index: number;
  /** Hash tag: prefix of every key of the shard, including BullMQ's. */
  readonly tag: string;
  readonly busy: string;
  readonly seq: string;
  readonly paused: string;
  readonly weights: string;
  readonly sweeper: string;
  /** Hash of partition to virtual time. */
  readonly clocks: string;
  /**
   * Channel that names the partitions that orgs entered; every running worker of the shard subscribes to it.
   */
  readonly work: string;
}

export function listShards({ name, shards }: ResolvedTarget): readonly Shard[] {
  return Array.from({ length: shards }, (_, index) => {
    const tag = `{${name}:${index}}`;
    return {
      index,
      tag,
      busy: `${tag}:busy`,
      seq: `${tag}:seq`,
      paused: `${tag}:paused`,
      weights: `${tag}:weights`,
      sweeper: `${tag}:sweeper`,
      clocks: `${tag}:clocks`,
      work: `${tag}:work`,
    };
  });
}

/** The same in every process and version: it depends only on a hash of the id. */
export function shardIndexOf(orgId: string, shards: number): number {
  if (shards === 1) return 0;
  return createHash('sha1').update(orgId).digest().readUInt32BE(0) % shards;
}

export function shardOf(shards: readonly Shard[], orgId: string): Shard {
  const shard = shards[shardIndexOf(orgId, shards.length)];
  if (!shard) throw new RangeError('a queue has at least one shard');
  return shard;
}

/**
 * The same in every process and version. Uses another byte than the shard; otherwise a shard would use few
 * partitions.
 */
export function partitionOf(orgId: string): number {
  return (createHash('sha1').update(orgId).digest().at(-1) ?? 0) % PARTITIONS;
}

export const mailboxKey = (shard: Shard, orgId: string): string => `${shard.tag}:mailbox:${orgId}`;
/**
 * Sorted set of the partition's orgs by virtual time; also the channel that the partition's holder subscribes
 * to. The word `line` is kept for rolling updates.
 */
export const partitionKey = (shard: Shard, partition: number): string => `${shard.tag}:line:${partition}`;

/**
 * Carries the results of completed items. One channel for all shards: a producer subscribes once. The word
 * `settled`, here and below, is kept for rolling updates.
 */
export const completedChannel = (name: string): string => `${name}:settled`;
/**
 * One channel per org, so that a process receives only messages for orgs it watches. Any cluster node carries
 * it.
 */
export const watchChannel = (shard: Shard, orgId: string): string => `${shard.tag}:settled:${orgId}`;
/** A queue's name has no brace, so the channels for all shards do not match. */
export const isWatchChannel = (channel: string): boolean => channel.startsWith('{');
