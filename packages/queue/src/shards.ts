/**
 * Which shard an org lives in and what its keys are called. All keys of a shard begin with the same hash
 * tag, so one script may touch any of them on a cluster; org ids and item ids are only ever suffixes.
 */
import { createHash } from 'node:crypto';
import { LINES } from './limits.ts';
import type { ResolvedTarget } from './queue-target.ts';

/** The keys of one shard. */
export interface Shard {
  readonly index: number;
  /** Hash tag every key of the shard begins with; BullMQ's own keys too. */
  readonly tag: string;
  readonly busy: string;
  readonly seq: string;
  readonly paused: string;
  readonly weights: string;
  readonly sweeper: string;
  /** Where each line's virtual time is. */
  readonly clocks: string;
  /** Channel that names the lines somebody came into; every worker of the shard listens as long as it runs. */
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

/** The same for every process and version: a hash of the id, never of insertion order or machine. */
export function shardIndexOf(orgId: string, shards: number): number {
  if (shards === 1) return 0;
  return createHash('sha1').update(orgId).digest().readUInt32BE(0) % shards;
}

export function shardOf(shards: readonly Shard[], orgId: string): Shard {
  const shard = shards[shardIndexOf(orgId, shards.length)];
  if (!shard) throw new RangeError('a queue has at least one shard');
  return shard;
}

/** The same for every process and version. By another byte than the shard, or a shard's orgs would be in few lines. */
export function lineOf(orgId: string): number {
  return (createHash('sha1').update(orgId).digest().at(-1) ?? 0) % LINES;
}

export const mailboxKey = (shard: Shard, orgId: string): string => `${shard.tag}:mailbox:${orgId}`;
/** Orgs of one line that have something to do, by virtual time; and the channel that a worker listens to as long as it holds the line. */
export const lineKey = (shard: Shard, line: number): string => `${shard.tag}:line:${line}`;

/** One channel for all shards: a producer subscribes once. */
export const settledChannel = (name: string): string => `${name}:settled`;
/** One channel an org, so that a process hears only of what it watches. No key: any node of a cluster carries it. */
export const watchChannel = (shard: Shard, orgId: string): string => `${shard.tag}:settled:${orgId}`;
/** No queue's name has a brace, so no channel for all shards looks like this. */
export const isWatchChannel = (channel: string): boolean => channel.startsWith('{');
