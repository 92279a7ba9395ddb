/**
 * The location of a queue: Redis URL, name and number of shards. Producers and workers of one queue must use
 * the same target, or they use different mailboxes.
 */
export interface QueueTarget {
  /** `redis://` or `rediss://` URL. In cluster mode: one reachable node, the others are discovered. */
  redisUrl: string;
  /** CA that signs the certificate of a `rediss://` server, as PEM. Default: the CAs that Node trusts. */
  redisCa?: string | undefined;
  /**
   * Namespace of every key, so that queues can share a Redis. Letters, digits, `.`, `_`, `-`, `:`. Default
   * `slotline`.
   */
  name?: string;
  /**
   * Number of hash tags the orgs are distributed over. Danger: changing it while items are queued hides the
   * items of the orgs that move. More than one is useful only on Redis Cluster. Default 1.
   */
  shards?: number;
  /** Connect to a Redis Cluster. Default false. */
  cluster?: boolean;
}

/** The target with every default filled in. */
export interface ResolvedTarget {
  readonly redisUrl: string;
  readonly redisCa: string | undefined;
  readonly name: string;
  readonly shards: number;
  readonly cluster: boolean;
}

const NAME_PATTERN = /^[\w.:-]{1,100}$/;

/** Fills in the defaults. Throws a `RangeError` on an invalid name or number of shards. */
export function resolveTarget(target: QueueTarget): ResolvedTarget {
  const { redisUrl, redisCa, name = 'slotline', shards = 1, cluster = false } = target;
  // A brace in the name would move the hash tag, and with it the keys of one shard to several slots.
  if (!NAME_PATTERN.test(name)) throw new RangeError(`queue name ${JSON.stringify(name)} is not usable`);
  if (!Number.isInteger(shards) || shards < 1 || shards > 1_024) {
    throw new RangeError(`shards must be an integer from 1 to 1024, not ${shards}`);
  }
  return { redisUrl, redisCa, name, shards, cluster };
}
