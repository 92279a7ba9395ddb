/**
 * Calls the work script: one call completes decided batches of any number of orgs and takes the next batches.
 * Taking does not remove entries, so after a crash the next worker finds them.
 */
import { PACE_TTL_MS, WORK_CALL_ITEMS_MAX } from '../limits.ts';
import { decodeEntries, type MailboxEntry } from '../partition/mailbox-entry.ts';
import type { RedisClient } from '../redis/connect.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import type { Shard } from '../redis/shards.ts';
import type { WorkerKnobs } from './org-worker.ts';

/** A decided entry with the result that completes it. */
export interface CompletedEntry {
  readonly entry: MailboxEntry;
  /** The result as JSON; `''` when it is too large to be kept in Redis. */
  readonly result: string;
}

/** Idempotent, also after another worker completed the same entries. */
export interface BatchToComplete {
  readonly orgId: string;
  readonly partition: number;
  readonly decided: readonly CompletedEntry[];
  /** Measured ms per item; absent until the last part of the batch. */
  readonly paceMs?: number;
}

export interface Completion {
  /** Entries this call removed; fewer than given when another worker completed some first. */
  readonly completed: number;
  /** Entries left. */
  readonly depth: number;
}

export interface WantedBatches {
  /** Maximum number of orgs. */
  readonly room: number;
  /** Virtual time of the org this worker took last; initially 0. */
  readonly clock: number;
  /** Up to two orgs that the worker serves now or served a moment ago. */
  readonly served: readonly string[];
  /** With the offset that the last call returned; initially empty. */
  readonly partitions: readonly { readonly number: number; readonly offset: string }[];
  readonly excluded: readonly string[];
}

export interface TakenBatches {
  readonly clock: number;
  /** More orgs were available than there was room for. */
  readonly hasMore: boolean;
  /** New offsets of the partitions whose offset changed. */
  readonly offsets: ReadonlyMap<number, string>;
  readonly batches: readonly TakenBatch[];
}

export interface TakenBatch {
  readonly orgId: string;
  readonly partition: number;
  /** How long the first entry has waited. */
  readonly ageMs: number;
  /**
   * Empty when the org is in its partition without items; completing the empty batch removes it from the
   * partition.
   */
  readonly entries: readonly MailboxEntry[];
}

export interface WorkOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  /** Where results are announced. */
  readonly channel: string;
  readonly knobs: WorkerKnobs;
}

/** See the header of lua/work.lua. */
type RawTaken = [clock: string, hasMore: number, offsets: string[], ...RawBatch[]];
type RawBatch = [orgId: string, partition: string, ageMs: number, entries: string[]];

const WORK = loadScript('work');

export async function callWork(
  options: WorkOptions,
  batches: readonly BatchToComplete[],
  wanted?: WantedBatches,
): Promise<{ completions: readonly Completion[]; taken: TakenBatches | undefined }> {
  const { client, shard, channel, knobs } = options;
  const args: (string | number)[] = [shard.tag, knobs.completedTtlMs, channel, PACE_TTL_MS, batches.length];
  for (const { orgId, partition, paceMs, decided } of batches) {
    args.push(orgId, partition, paceMs === undefined ? '' : paceMs.toFixed(3), decided.length);
    for (const { entry, result } of decided) args.push(entry.streamId, entry.id, entry.fingerprint, result);
  }
  if (wanted) pushWanted(args, wanted, knobs);
  const keys = [shard.busy, shard.weights, shard.clocks];
  const [flat, raw] = (await runScript(client, WORK, { keys, args })) as [number[], RawTaken?];
  return {
    completions: batches.map((_, at) => ({ completed: flat[2 * at] ?? 0, depth: flat[2 * at + 1] ?? 0 })),
    taken: raw && decodeTaken(raw),
  };
}

function pushWanted(
  args: (string | number)[],
  { room, clock, served, partitions, excluded }: WantedBatches,
  { batchMax, sharedBatchMax, batchBytesMax }: WorkerKnobs,
): void {
  args.push(room, WORK_CALL_ITEMS_MAX, batchBytesMax, batchMax, sharedBatchMax, clock);
  args.push(served.length, partitions.length, ...served);
  for (const { number, offset } of partitions) args.push(number, offset);
  args.push(...excluded);
}

function decodeTaken([clock, hasMore, flatOffsets, ...rawBatches]: RawTaken): TakenBatches {
  const offsets = new Map<number, string>();
  for (let at = 0; at + 1 < flatOffsets.length; at += 2) {
    offsets.set(Number(flatOffsets[at]), flatOffsets[at + 1] ?? '');
  }
  const batches = rawBatches.map(([orgId, partition, ageMs, entries]) => ({
    orgId,
    partition: Number(partition),
    ageMs,
    entries: decodeEntries(entries),
  }));
  return { clock: Number(clock), hasMore: hasMore === 1, offsets, batches };
}
