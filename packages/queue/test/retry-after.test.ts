/** `retryAfterMs`: refused callers that wait exactly this long find room, on a real worker. */
import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@slotline/testkit';
import type { Full, NewItem } from '../src/index.ts';
import { RETRY_AFTER_MAX_MS, RETRY_AFTER_STILL_MS } from '../src/limits.ts';
import { completedAll, itemsOf, type Payload, resultsOf, type Room, setup, until } from './setup.ts';
import { type StallingClock, startStallingClock } from './stalling-clock.ts';

const MAILBOX_MAX = 60;
const PACE_MS = 2;
/** Some seconds each; longer on a slower machine. */
const HANGS_AFTER_MS = 600_000;
const SEED = Number(process.env['RETRY_AFTER_SEED'] ?? Math.floor(Math.random() * 1e9));

interface Tries {
  first: number;
  firstAccepted: number;
  waited: number;
  waitedAccepted: number;
  toldMs: number;
}

interface Load {
  /**
   * All clients start in random order within `overMs`, and each obeys `retryAfterMs` until it is accepted.
   */
  readonly clients: number;
  readonly overMs: number;
  /** Items that each client sends in sequence. */
  readonly itemsEach?: number;
  /** Number of orgs, each with that many clients. The tries of all are counted together. */
  readonly orgs?: number;
  readonly stepMs: number;
  /** The mailbox is limited in bytes instead, with the same capacity. */
  readonly isInBytes?: boolean;
}

const ITEM_BYTES = 1_000;

/** Items with an equal number of bytes. */
function filled(items: readonly NewItem<Payload>[]): NewItem<Payload>[] {
  return items.map((item) => {
    const filler = 'x'.repeat(ITEM_BYTES - JSON.stringify({ ...item.payload, filler: '' }).length);
    return { ...item, payload: { ...item.payload, filler } };
  });
}

/** Resolves when all items are accepted. */
async function sendObeying({ openQueue }: Room, { sleep }: StallingClock, load: Load): Promise<Tries> {
  const queue = await openQueue({
    ...(load.isInBytes ? { mailboxBytesMax: MAILBOX_MAX * ITEM_BYTES } : { mailboxMax: MAILBOX_MAX }),
    retryAfterStepMs: load.stepMs,
    commandTimeoutMs: HANGS_AFTER_MS,
  });
  const random = seededRandom(SEED);
  const tries: Tries = { first: 0, firstAccepted: 0, waited: 0, waitedAccepted: 0, toldMs: 0 };
  let items = 0;
  const send = async (orgId: string): Promise<void> => {
    const unit = filled(itemsOf(orgId, 1, items));
    items += 1;
    let acceptance = await queue.accept(unit);
    tries.first += 1;
    if (acceptance.kind === 'accepted') tries.firstAccepted += 1;
    while (acceptance.kind === 'full') {
      tries.toldMs += acceptance.retryAfterMs;
      await sleep(acceptance.retryAfterMs);
      acceptance = await queue.accept(unit);
      tries.waited += 1;
      if (acceptance.kind === 'accepted') tries.waitedAccepted += 1;
    }
  };
  const client = async (orgId: string, comesAfterMs: number): Promise<void> => {
    await sleep(comesAfterMs);
    for (let count = 0; count < (load.itemsEach ?? 1); count += 1) await send(orgId);
  };
  const rush = async (_: unknown, org: number): Promise<void> => {
    // The org's pace has been measured.
    const measured = filled(itemsOf(`org-${org}`, MAILBOX_MAX, 1_000_000));
    await queue.accept(measured);
    await completedAll(queue, measured);
    const comes = Array.from({ length: load.clients }, () => random() * load.overMs);
    await Promise.all(comes.map((afterMs) => client(`org-${org}`, afterMs)));
  };
  await Promise.all(Array.from({ length: load.orgs ?? 1 }, rush));
  return tries;
}

async function openSlowWorker(room: Room, { sleep }: StallingClock, batchMax: number): Promise<void> {
  await room.openWorker({
    batchMax,
    handle: async (batch) => {
      await sleep(batch.items.length * PACE_MS);
      return resultsOf(batch);
    },
  });
}

describe('a client that waits exactly retryAfterMs', () => {
  it.each([
    ['all clients start at once', { clients: 400, overMs: 50, stepMs: 1, batchMax: 20 }],
    [
      'the mailbox is limited in bytes',
      { clients: 400, overMs: 50, stepMs: 1, batchMax: 20, isInBytes: true },
    ],
    ['a batch is as large as the mailbox', { clients: 400, overMs: 50, stepMs: 1, batchMax: 500 }],
    [
      'clients arrive at three times the drain rate',
      { clients: 600, overMs: 400, stepMs: 200, batchMax: 20 },
    ],
    ['a step is longer than a mailbox lasts', { clients: 300, overMs: 200, stepMs: 500, batchMax: 20 }],
    // Accepted clients go on sending and take promised room. How much varies between rushes, so several orgs
    // are measured.
    [
      'each client has more items to send',
      { clients: 100, overMs: 10, stepMs: 250, itemsEach: 20, orgs: 5, batchMax: 20 },
    ],
  ])(
    'is accepted in at least 95 %% of its tries when %s',
    async (_, { batchMax, ...load }) => {
      const room = setup();
      // A pause of the machine stops the drain without breaking a promise, so clients wait by the worker's
      // clock.
      const clock = startStallingClock(room.redis);
      await openSlowWorker(room, clock, batchMax);
      const tries = await sendObeying(room, clock, load);
      console.log(`seed ${SEED}: ${JSON.stringify(tries)}`);
      // Checks that the load exceeded the mailbox by far.
      expect(tries.waited).toBeGreaterThan(2 * MAILBOX_MAX);
      expect(tries.waitedAccepted / tries.waited).toBeGreaterThanOrEqual(0.95);
    },
    HANGS_AFTER_MS,
  );
});

describe('a refusal', () => {
  async function fill(room: Room, options: { mailboxMax?: number; retryAfterStepMs?: number } = {}) {
    const queue = await room.openQueue({ mailboxMax: 10, ...options });
    await queue.accept(itemsOf('a', options.mailboxMax ?? 10));
    let next = 1_000;
    const refuse = async (count = 1): Promise<Full> => {
      const acceptance = await queue.accept(itemsOf('a', count, (next += count)));
      if (acceptance.kind !== 'full') throw new Error('there is room');
      return acceptance;
    };
    return { queue, refuse };
  }

  it('promises each caller separate room, and more time for more items', async () => {
    const { refuse } = await fill(setup(), { mailboxMax: 1_000, retryAfterStepMs: 1 });
    const [first, second, large, last] = [await refuse(), await refuse(), await refuse(500), await refuse()];
    // At the assumed pace while none is known: 1 ms per item, times four.
    const promisedAt = (after: Full, before: Full): number => after.retryAfterMs - before.retryAfterMs;
    expect(promisedAt(second, first)).toBeLessThan(1_000);
    expect(promisedAt(large, second)).toBeGreaterThan(1_000);
    expect(promisedAt(last, first)).toBeGreaterThan(1_000);
  });

  it('returns whole steps (seconds by default) of at most RETRY_AFTER_MAX_MS', async () => {
    const { refuse } = await fill(setup());
    const told = [];
    for (let count = 0; count < 100; count += 1) told.push((await refuse(10)).retryAfterMs);
    expect(told.filter((ms) => ms % 1_000 !== 0)).toEqual([]);
    expect(Math.min(...told)).toBeGreaterThan(0);
    for (let count = 0; count < 1_000; count += 1) told.push((await refuse(10)).retryAfterMs);
    expect(Math.max(...told)).toBe(RETRY_AFTER_MAX_MS);
  });

  it('of a paused org returns one minute and promises nothing', async () => {
    const room = setup();
    const { queue, refuse } = await fill(room);
    await queue.pause('a');
    expect(await refuse()).toMatchObject({ depth: 10, limit: 10, retryAfterMs: RETRY_AFTER_STILL_MS });
    expect(await refuse()).toMatchObject({ retryAfterMs: RETRY_AFTER_STILL_MS });
    expect(await room.redis.exists(`{${room.name}:0}:promised:a`)).toBe(0);
  });

  it('stores only the time until when room is promised, and lets it expire', async () => {
    const room = setup();
    const { refuse } = await fill(room);
    const keysOf = async (): Promise<string[]> => (await room.redis.keys(`{${room.name}:0}:*`)).toSorted();
    await until(async () => (await keysOf()).some((key) => key.endsWith(':turns:wait')));
    const before = await keysOf();
    const { retryAfterMs } = await refuse();
    const promised = `{${room.name}:0}:promised:a`;
    expect(await keysOf()).toEqual([...before, promised].toSorted());
    const ttlMs = await room.redis.pttl(promised);
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(retryAfterMs + 1_000);
    expect(await room.redis.memory('USAGE', promised)).toBeLessThan(200);
  });
});
