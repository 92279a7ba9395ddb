// The release of each due hold is enqueued once, by any number of workers, also after a store was unavailable
// or a mailbox full.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JobText } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import {
  expiryRequestId,
  listDueHolds,
  openDatabase,
  openDecider,
  type AcceptedRequest,
  type Database,
  type Decider,
  type RequestRecord,
} from '@slotline/db';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { createLogger } from '@slotline/runtime';
import {
  createTestDatabase,
  makeTestFolder,
  startRedis,
  testRedis,
  type TestDatabase,
} from '@slotline/testkit';
import { createAskForExpiry } from '../src/ask-for-expiry.ts';
import { HOLDS_PER_CHECK_MAX, watchHolds } from '../src/watch-holds.ts';

type Queue = OrgQueue<JobText, RequestRecord>;

const FAR = Date.UTC(2100, 0, 1) as Instant;

let database: TestDatabase;
let decider: Decider;
let db: Database;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  decider = openDecider({ url: database.applicationUrl, lanes: 1 });
  db = openDatabase({ url: database.applicationUrl });
});
// No test leaves a due hold behind for the next one.
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await releaseAll();
});
afterAll(async () => {
  await decider.close();
  await db.close();
  await database.drop();
});

let holds = 0;
function hold(id: string, heldUntil: number): AcceptedRequest {
  const start = (holds++ * 10) as Instant;
  return {
    operation: 'book',
    requestId: `00000000-0000-7000-8000-${String(holds).padStart(12, '0')}`,
    appointmentId: id,
    resourceId: 'r',
    start,
    end: (start + 10) as Instant,
    createdAt: 0 as Instant,
    updatedAt: holds as Instant,
    heldUntil: heldUntil as Instant,
    metadata: null,
    acceptedAt: 0 as Instant,
  };
}

/** Creates due holds, the given number in each org. */
async function holdIn(orgs: Record<string, number>): Promise<void> {
  for (const [orgId, count] of Object.entries(orgs)) {
    const requests = Array.from({ length: count }, (_, at) => hold(`${orgId}-${at}`, at));
    await decider.decide([{ orgId, requests }]);
  }
}

async function releaseAll(): Promise<void> {
  for (;;) {
    const due = await listDueHolds(db, { limit: 500 });
    if (due.length === 0) return;
    for (const [orgId, ofOrg] of Map.groupBy(due, (one) => one.orgId)) {
      const requests = ofOrg.map(({ appointmentId, version }): AcceptedRequest => {
        const requestId = expiryRequestId({ orgId, appointmentId, version });
        return { operation: 'expire', requestId, appointmentId, version, acceptedAt: 0 as Instant };
      });
      await decider.decide([{ orgId, requests }]);
    }
  }
}

async function openQueue(
  options: { redisUrl?: string; name?: string; mailboxMax?: number } = {},
): Promise<Queue> {
  const { url, name } = testRedis();
  const queue: Queue = await openOrgQueue({ redisUrl: url, name, ...options });
  closers.push(() => queue.close());
  return queue;
}

function watch(queue: Pick<Queue, 'accept'>, lines: string[] = []) {
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ app: 'test', level: 'warn', destination });
  const watching = watchHolds({ db, queue, logger, checkMs: 10 });
  closers.push(() => watching.close());
  return watching;
}

/** A queue that counts the items passed to `accept`. */
function counting(queue: Queue) {
  const counted = { units: 0, items: 0 };
  const accept: Queue['accept'] = (items) => {
    counted.units += 1;
    counted.items += items.length;
    return queue.accept(items);
  };
  return { accept, counted };
}

async function untilDepth(queue: Queue, orgId: string, depth: number): Promise<void> {
  while ((await queue.inspect(orgId)).depth < depth) continue;
}

function isPing(queue: Queue): Promise<boolean> {
  return queue.ping().then(
    () => true,
    () => false,
  );
}

describe('watching', () => {
  it('enqueues the releases of due holds in their org’s queue, and no others', async () => {
    const queue = await openQueue();
    await decider.decide([{ orgId: 'acme', requests: [hold('due', 1), hold('not yet', FAR)] }]);
    watch(queue);
    await untilDepth(queue, 'acme', 1);
    const hold1 = { orgId: 'acme', appointmentId: 'due', version: 1 };
    const [item] = await queue.find([expiryRequestId(hold1)]);
    expect(item).toMatchObject({
      state: 'waiting',
      orgId: 'acme',
      payload: { v: 2, op: 'expire', appt: 'due', version: 1 },
    });
    expect((await queue.inspect('acme')).depth).toBe(1);
  });

  it('finds holds that become due while it watches', async () => {
    const queue = await openQueue();
    const { accept, counted } = counting(queue);
    watch({ accept });
    await holdIn({ later: 3 });
    await untilDepth(queue, 'later', 3);
    expect(counted.items).toBe(3);
  });

  it('reads all pages of due holds', async () => {
    const queue = await openQueue();
    await holdIn({ many: HOLDS_PER_CHECK_MAX, more: HOLDS_PER_CHECK_MAX + 1 });
    watch(queue);
    await Promise.all([
      untilDepth(queue, 'many', HOLDS_PER_CHECK_MAX),
      untilDepth(queue, 'more', HOLDS_PER_CHECK_MAX + 1),
    ]);
  });

  it('by several workers at once enqueues each release once', async () => {
    const queue = await openQueue();
    const watches = Array.from({ length: 4 }, () => counting(queue));
    await holdIn({ a: 20, b: 30 });
    for (const { accept } of watches) watch({ accept });
    // Every worker has tried to enqueue every release.
    while (watches.some(({ counted }) => counted.items < 50)) await queue.ping();
    await Promise.all([untilDepth(queue, 'a', 20), untilDepth(queue, 'b', 30)]);
    for (const close of closers.splice(1).reverse()) await close();
    expect((await queue.inspect('a')).depth).toBe(20);
    expect((await queue.inspect('b')).depth).toBe(30);
  });

  it('is closed when its last check is over, and starts no other', async () => {
    const queue = await openQueue();
    const { accept, counted } = counting(queue);
    const watching = watch({ accept });
    await watching.close();
    await holdIn({ closed: 1 });
    await watching.close();
    expect(counted.items).toBe(0);
  });
});

describe('an unavailable store', () => {
  it('is logged once, and the release is enqueued when it is back', async () => {
    const dir = makeTestFolder('redis');
    const redis = await startRedis({ dir });
    const queue = await openQueue({ redisUrl: redis.url });
    const { accept, counted } = counting(queue);
    await redis.kill();
    await holdIn({ away: 1 });
    const lines: string[] = [];
    watch({ accept }, lines);
    while (counted.units < 3) await listDueHolds(db, { limit: 1 });
    const back = await startRedis({ dir, port: redis.port });
    closers.unshift(() => back.stop());
    while (!(await isPing(queue))) await listDueHolds(db, { limit: 1 });
    await untilDepth(queue, 'away', 1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('the check for due holds failed');
  }, 30_000);
});

describe('a request for releases', () => {
  const due = (orgId: string, id: string) => ({
    orgId,
    appointmentId: id,
    version: 1,
    heldUntil: 0 as Instant,
  });

  it('for the same hold costs no command until `askAgainMs` has passed', async () => {
    const { accept, counted } = counting(await openQueue());
    const ask = createAskForExpiry({ queue: { accept }, onFull: () => {} });
    expect(await ask([due('a', '1'), due('b', '1')])).toBe(2);
    expect(await ask([due('a', '1'), due('a', '2'), due('b', '1')])).toBe(1);
    expect(counted).toEqual({ units: 3, items: 3 });
    expect(await ask([])).toBe(0);
  });

  it('for the same hold after a while is harmless while the first one still waits', async () => {
    const queue = await openQueue();
    const { accept, counted } = counting(queue);
    const ask = createAskForExpiry({ queue: { accept }, onFull: () => {}, askAgainMs: 0 });
    expect([await ask([due('a', '1')]), await ask([due('a', '1')])]).toEqual([1, 0]);
    expect([counted.items, (await queue.inspect('a')).depth]).toEqual([2, 1]);
  });

  it('of an org without room does not block others, and is repeated later', async () => {
    const queue = await openQueue({ mailboxMax: 2 });
    const full: string[] = [];
    const onFull = (orgId: string) => void full.push(orgId);
    const ask = createAskForExpiry({ queue, onFull, askAgainMs: 0 });
    const three = [due('a', '1'), due('a', '2'), due('a', '3')];
    expect(await ask([...three, due('b', '1')])).toBe(1);
    expect([full, (await queue.inspect('a')).depth]).toEqual([['a'], 0]);
    expect(await ask(three.slice(1))).toBe(2);
  });

  it('that failed is repeated at once', async () => {
    const queue = await openQueue();
    let isAway = true;
    const accept: Queue['accept'] = (items) =>
      isAway ? Promise.reject(new Error('away')) : queue.accept(items);
    const ask = createAskForExpiry({ queue: { accept }, onFull: () => {} });
    await expect(ask([due('a', '1')])).rejects.toThrow('away');
    isAway = false;
    expect(await ask([due('a', '1')])).toBe(1);
  });
});
