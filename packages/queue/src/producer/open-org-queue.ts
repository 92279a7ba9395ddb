/**
 * Assembles the producer: three connections (`asking`, `waking`, `subscriber`) and the parts that use them.
 * Accepting never waits for BullMQ: wake-ups use a separate connection, and the sweeper repairs those that
 * fail.
 */
import { connect, hangUp, type RedisClient } from '../redis/connect.ts';
import { type ResolvedTarget, resolveTarget } from '../redis/queue-target.ts';
import { QueueUnavailableError, toUnavailable } from '../redis/queue-unavailable-error.ts';
import { completedChannel, listShards, type Shard } from '../redis/shards.ts';
import { createAcceptor } from './accept-units.ts';
import { type CompletionWaits, openCompletionWaits } from './completion-waits.ts';
import { confirmReplicas, readDurability } from './durability.ts';
import { createMemoryGauge, type MemoryGauge } from './memory-gauge.ts';
import { findOldestAgeMs, inspectOrg, listOrgs, pauseOrg, resumeOrg, setWeight } from './operate-orgs.ts';
import type { OrgQueue, OrgQueueOptions } from './org-queue.ts';
import { openOrgWatches, type OrgWatches } from './org-watches.ts';
import { createFinder, listWaiting } from './read-items.ts';
import { createWaker, type Waker } from './wake-partitions.ts';

interface QueueParts<R> {
  readonly target: ResolvedTarget;
  readonly shards: readonly Shard[];
  readonly asking: RedisClient;
  readonly subscriber: RedisClient;
  readonly waker: Waker;
  readonly gauge: MemoryGauge;
  readonly waits: CompletionWaits<R>;
  readonly watches: OrgWatches;
}

/** Throws a `QueueUnavailableError` when Redis cannot be reached, a `RangeError` on invalid options. */
export async function openOrgQueue<T, R>(options: OrgQueueOptions<T>): Promise<OrgQueue<T, R>> {
  const {
    mailboxMax = 10_000,
    mailboxBytesMax = 16 * 1_024 * 1_024,
    retryAfterStepMs = 1_000,
    minReplicas = 0,
    commandTimeoutMs = 1_000,
  } = options;
  if (options.cluster && minReplicas > 0) throw new RangeError('minReplicas is not available on a cluster');
  const parts = await openParts<R>(options, commandTimeoutMs);
  const { shards, asking, waker, gauge } = parts;
  const pending = createPending();
  const find = createFinder<T, R>(asking, shards);
  const accept = createAcceptor<T, R>({
    client: asking,
    shards,
    mailboxMax,
    mailboxBytesMax,
    retryAfterStepMs,
    summarize: (payload: T) => options.summarize?.(payload),
    confirm: () => confirmReplicas(asking, { minReplicas, timeoutMs: commandTimeoutMs / 2 }),
    wake: waker.wake,
  });
  const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    pending.begin();
    try {
      return await question();
    } catch (error) {
      throw toUnavailable(error);
    } finally {
      pending.end();
    }
  };

  return {
    accept: (items) =>
      ask(() => {
        if (gauge.isHigh()) throw new QueueUnavailableError('redis-out-of-memory', 'Redis is nearly full');
        return accept(items);
      }),
    find: (ids) => ask(() => find(ids)),
    completed: (ids, limits) => parts.waits.wait(ids, limits),
    expect: (ids) => parts.waits.expect(ids),
    watch: (orgId, listener) => parts.watches.watch(orgId, listener),
    listWaiting: (orgId, page) => ask(() => listWaiting<T>(asking, shards, { orgId, ...page })),
    inspect: (orgId) => ask(() => inspectOrg(asking, shards, orgId)),
    listOrgs: (limit) => ask(() => listOrgs(asking, shards, limit)),
    oldestAgeMs: () => ask(() => findOldestAgeMs(asking, shards)),
    pause: (orgId) => ask(() => pauseOrg(asking, shards, orgId)),
    resume: (orgId) => ask(() => resumeOrg(asking, shards, { orgId, waker })),
    setWeight: (orgId, weight) => ask(() => setWeight(asking, shards, { orgId, weight })),
    isNearlyFull: gauge.isHigh,
    isConnected: () => asking.status === 'ready',
    durability: () => ask(() => readDurability(asking)),
    ping: () => ask(async () => void (await asking.ping())),
    close: async () => {
      parts.waits.close();
      parts.watches.close();
      await pending.settle();
      await closeParts(parts);
    },
  };
}

async function openParts<R>(options: OrgQueueOptions, timeoutMs: number): Promise<QueueParts<R>> {
  const target = resolveTarget(options);
  const onEvent = options.onEvent ?? (() => undefined);
  const shards = listShards(target);
  const habit = { kind: 'asking', timeoutMs } as const;
  const clients: RedisClient[] = [];
  const open = async (connection: Parameters<typeof connect>[0]): Promise<RedisClient> => {
    const client = await connect(connection);
    clients.push(client);
    return client;
  };
  try {
    const asking = await open({ target, role: 'asking', habit, onEvent });
    const waking = await open({ target, role: 'waking', habit, onEvent });
    const subscriber = await open({ target, role: 'subscriber', habit: { kind: 'patient' }, onEvent });
    const waits = await openCompletionWaits<R>({
      subscriber,
      channel: completedChannel(target.name),
      find: createFinder<unknown, R>(asking, shards),
      onEvent,
    });
    const watches = openOrgWatches({ subscriber, shards, onEvent });
    const gauge = createMemoryGauge(asking);
    const waker = createWaker({ client: waking, shards, onEvent });
    return { target, shards, asking, subscriber, waker, gauge, waits, watches };
  } catch (error) {
    for (const client of clients) hangUp(client);
    throw toUnavailable(error);
  }
}

async function closeParts<R>({ asking, subscriber, waker }: QueueParts<R>): Promise<void> {
  await waker.close();
  hangUp(subscriber);
  hangUp(asking);
}

/** Counts operations in flight, so that closing can wait for them. */
interface Pending {
  begin(): void;
  /** Once for each `begin`. */
  end(): void;
  /** Resolves when no operation is in flight, whether they succeeded or failed. */
  settle(): Promise<void>;
}

function createPending(): Pending {
  let open = 0;
  let settled: (() => void)[] = [];
  return {
    begin() {
      open += 1;
    },
    end() {
      open -= 1;
      if (open > 0) return;
      for (const resolve of settled) resolve();
      settled = [];
    },
    settle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => settled.push(resolve))),
  };
}
