/** The byte limit of a mailbox: counted exactly, across completions, restarts and pauses. */
import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@slotline/testkit';
import type { NewItem, OrgQueue } from '../src/index.ts';
import { RETRY_AFTER_STILL_MS } from '../src/limits.ts';
import { completedAll, type Payload, type Result, resultsOf, setup, until } from './setup.ts';

const SEED = Number(process.env['MAILBOX_BYTES_SEED'] ?? Math.floor(Math.random() * 1e9));
const MAX = 100_000;

function item(n: number, bytes: number, orgId = 'a'): NewItem<Payload> {
  const empty = JSON.stringify({ n, filler: '' }).length;
  return { id: `${orgId}-${n}`, orgId, payload: { n, filler: 'x'.repeat(bytes - empty) } };
}

function bytesOf({ payload }: NewItem<Payload>): number {
  return Buffer.byteLength(JSON.stringify(payload));
}

/** The org's waiting items and bytes, as reported by a refusal. */
async function bytesWaiting(queue: OrgQueue<Payload, Result>, orgId = 'a'): Promise<number> {
  const acceptance = await queue.accept([item(1_000_000, MAX, orgId)]);
  if (acceptance.kind !== 'full' || acceptance.bytes === undefined) throw new Error('there is room');
  return acceptance.bytes;
}

describe('a mailbox that is limited in bytes', () => {
  it('accepts units while there is room and refuses the rest with the limit that was reached', async () => {
    const queue = await setup().openQueue({ mailboxBytesMax: MAX });
    const items = Array.from({ length: 10 }, (_, n) => item(n, 10_000));
    expect(await queue.accept(items)).toMatchObject({ kind: 'accepted' });
    expect(await queue.accept([item(10, 100)])).toEqual({
      kind: 'full',
      by: 'bytes',
      orgId: 'a',
      depth: 10,
      bytes: MAX,
      limit: MAX,
      retryAfterMs: expect.any(Number),
    });
    // Replays take no room, and other orgs have separate room.
    expect(await queue.accept(items)).toMatchObject({ kind: 'accepted' });
    expect(await queue.accept([item(0, 10_000, 'b')])).toMatchObject({ kind: 'accepted' });
  });

  it('accepts any unit while it is empty, and nothing more until there is room', async () => {
    const queue = await setup().openQueue({ mailboxBytesMax: MAX });
    expect(await queue.accept([item(0, 2 * MAX), item(1, MAX)])).toMatchObject({ kind: 'accepted' });
    expect(await queue.accept([item(2, 100)])).toMatchObject({ kind: 'full', bytes: 3 * MAX });
  });

  it('is full for later units of a tick when earlier ones took the room', async () => {
    const queue = await setup().openQueue({ mailboxBytesMax: MAX });
    const units = Array.from({ length: 8 }, (_, n) => queue.accept([item(n, 30_000)]));
    const kinds = (await Promise.all(units)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(3);
    expect(await bytesWaiting(queue)).toBe(90_000);
  });

  it('counts characters by their bytes', async () => {
    const queue = await setup().openQueue({ mailboxBytesMax: MAX });
    const filler = '\u20ac\ud83d\ude00"'.repeat(1_000);
    const euros = { id: 'e', orgId: 'a', payload: { n: 1, filler } };
    await queue.accept([euros]);
    expect(await bytesWaiting(queue)).toBe(bytesOf(euros));
  });

  it('counts exactly the bytes of the waiting items while items are accepted and completed', async () => {
    const random = seededRandom(SEED);
    const room = setup();
    let queue = await room.openQueue({ mailboxBytesMax: MAX });
    // Items are decided in sequence, up to `allowed`.
    let [allowed, decided] = [0, 0];
    await room.openWorker({
      batchMax: 1,
      handle: async (batch) => {
        await until(() => decided < allowed);
        decided += 1;
        return resultsOf(batch);
      },
    });
    let waiting: NewItem<Payload>[] = [];
    for (let round = 0, n = 0; round < 25; round += 1) {
      const count = 1 + Math.floor(random() * 8);
      const unit = Array.from({ length: count }, () => item((n += 1), 50 + Math.floor(random() * 9_000)));
      const acceptance = await queue.accept(unit);
      if (acceptance.kind === 'accepted') waiting = [...waiting, ...unit];
      const sum = waiting.reduce((bytes, one) => bytes + bytesOf(one), 0);
      expect([SEED, await bytesWaiting(queue)]).toEqual([SEED, sum]);
      const going = waiting.splice(0, Math.floor(random() * waiting.length));
      allowed += going.length;
      await completedAll(queue, going);
      // Occasionally the producer is restarted.
      if (round % 5 === 0) queue = await room.openQueue({ mailboxBytesMax: MAX });
    }
    allowed = Infinity;
    await completedAll(queue, waiting);
  });

  it('is empty again when all items are decided', async () => {
    const { openQueue, openWorker, redis, name } = setup();
    const queue = await openQueue({ mailboxBytesMax: MAX });
    const items = Array.from({ length: 10 }, (_, n) => item(n, 10_000));
    await queue.accept(items);
    const worker = await openWorker();
    await completedAll(queue, items);
    await worker.close();
    expect((await redis.keys(`{${name}:0}:*:a`)).filter((key) => !key.includes(':pace:'))).toEqual([]);
    const again = Array.from({ length: 10 }, (_, n) => item(n + 10, 10_000));
    expect(await queue.accept(again)).toMatchObject({ kind: 'accepted' });
  });

  it('refuses with one minute if the org is paused', async () => {
    const queue = await setup().openQueue({ mailboxBytesMax: MAX });
    await queue.pause('a');
    await queue.accept([item(0, MAX)]);
    expect(await queue.accept([item(1, 100)])).toMatchObject({ retryAfterMs: RETRY_AFTER_STILL_MS });
    expect(await bytesWaiting(queue)).toBe(MAX);
  });

  it('counts only the last entry stored by an older release', async () => {
    const { openQueue, redis, name } = setup();
    const queue = await openQueue({ mailboxBytesMax: MAX });
    await redis.set(`{${name}:0}:seq`, 5);
    const old = JSON.stringify({ n: 1, filler: '' }).length;
    for (let n = 1; n <= 3; n += 1) {
      const payload = JSON.stringify({ n: 1, filler: 'x'.repeat(30_000 - old) });
      await redis.xadd(`{${name}:0}:mailbox:a`, `${n}-${Date.now()}`, 'i', `old-${n}`, 'p', payload);
    }
    expect(await queue.accept([item(0, 60_000)])).toMatchObject({ kind: 'accepted' });
    expect(await queue.accept([item(1, 20_000)])).toMatchObject({ kind: 'full', bytes: 90_000 });
  });
});
