/**
 * A new queue namespace for every test; everything opened in it is closed afterwards. Tests wait for
 * conditions with `until`; sweeps are off unless a test enables them, so that no sweep hides a lost lease.
 */
import { afterEach } from '@jest/globals';
import { testRedis } from '@slotline/testkit';
import { Redis } from 'ioredis';
import {
  type Elsewhere,
  type NewItem,
  openOrgQueue,
  openOrgWorker,
  type OrgQueue,
  type OrgQueueOptions,
  type OrgWorker,
  type OrgWorkerOptions,
  type QueueEvent,
  type WorkBatch,
} from '../src/index.ts';
import { partitionOf } from '../src/redis/shards.ts';

export interface Payload {
  readonly n: number;
  readonly filler?: string;
}

export interface Result {
  readonly done: string;
}

export type Batch = WorkBatch<Payload>;

/** Sweeps find nothing, so items are served by leases alone. */
const NO_SWEEPS = { sweepAfterMs: 3_600_000 } as const;
/** Sweeps at short intervals. */
export const FAST_SWEEPS = { sweepIntervalMs: 20, sweepAfterMs: 1 } as const;
/** Leases of a dead worker are taken over within about a second. */
export const SHORT_LOCKS = { lockDurationMs: 600, stalledIntervalMs: 200 } as const;

const closers: (() => Promise<unknown>)[] = [];
/** Counts tests, so that waits of a finished test end. */
let round = 0;

afterEach(async () => {
  round += 1;
  for (const close of closers.splice(0).reverse()) await close();
});

/** Runs at the end of the test, last registered first. */
export function atEnd(close: () => Promise<unknown>): void {
  closers.push(close);
}

export interface Room {
  readonly redisUrl: string;
  readonly name: string;
  /** The test's own connection, to inspect and manipulate Redis. */
  readonly redis: Redis;
  readonly events: QueueEvent[];
  openQueue(options?: Partial<OrgQueueOptions<Payload>>): Promise<OrgQueue<Payload, Result>>;
  openWorker(options?: Partial<OrgWorkerOptions<Payload, Result>>): Promise<OrgWorker>;
}

/** `server`: the test's own Redis; default: the shared one. */
export function setup(server?: { url: string }): Room {
  const { url: redisUrl, name } = server ? { url: server.url, name: 'own' } : testRedis();
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  atEnd(async () => redis.disconnect());
  const events: QueueEvent[] = [];
  const onEvent = (event: QueueEvent): void => void events.push(event);
  return {
    redisUrl,
    name,
    redis,
    events,
    async openQueue(options = {}) {
      const queue = await openOrgQueue<Payload, Result>({ redisUrl, name, onEvent, ...options });
      atEnd(() => queue.close());
      return queue;
    },
    async openWorker(options = {}) {
      const worker = await openOrgWorker<Payload, Result>({
        redisUrl,
        name,
        onEvent,
        ...NO_SWEEPS,
        parse: (raw) => JSON.parse(raw) as Payload,
        handle: async (batch) => resultsOf(batch),
        bury: async ({ id }) => ({ done: `buried ${id}` }),
        isRetryable: () => false,
        ...options,
      });
      atEnd(() => worker.close({ deadlineMs: 100 }));
      return worker;
    },
  };
}

export function resultsOf({ items }: Batch): Result[] {
  return items.map(({ id }) => ({ done: id }));
}

/** `count` items of one org, with ids `<org>-<n>` counted from `from`. */
export function itemsOf(orgId: string, count: number, from = 0): NewItem<Payload>[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `${orgId}-${from + at}`,
    orgId,
    payload: { n: from + at },
  }));
}

/** The key of the org's partition, and the channel that its holder listens to. */
export function partitionChannel({ name }: Room, orgId: string): string {
  return `{${name}:0}:line:${partitionOf(orgId)}`;
}

/** Names of `count` orgs that are all in one partition. */
export function orgsOfPartition(partition: number, count: number): string[] {
  const orgIds: string[] = [];
  for (let at = 0; orgIds.length < count; at += 1) {
    if (partitionOf(`org-${at}`) === partition) orgIds.push(`org-${at}`);
  }
  return orgIds;
}

/** Names of `count` orgs, each in a different partition. */
export function orgsOfPartitions(count: number): string[] {
  return Array.from({ length: count }, (_, partition) => orgsOfPartition(partition, 1)).flat();
}

export function idsOf(items: readonly { id: string }[]): string[] {
  return items.map(({ id }) => id);
}

/** Polls until the condition is true; only the test's timeout limits it. */
export async function until(fact: () => unknown): Promise<void> {
  const own = round;
  while (!(await fact())) {
    if (round !== own) throw new Error('the test is over');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until every item is completed and returns the results in order. */
export async function completedAll(
  queue: OrgQueue<Payload, Result>,
  items: readonly { id: string }[],
): Promise<readonly (Result | Elsewhere | undefined)[]> {
  return queue.completed(idsOf(items), { timeoutMs: 25_000 });
}

export function ofKind<Kind extends QueueEvent['kind']>(
  events: readonly QueueEvent[],
  kind: Kind,
): Extract<QueueEvent, { kind: Kind }>[] {
  return events.filter((event): event is Extract<QueueEvent, { kind: Kind }> => event.kind === kind);
}
