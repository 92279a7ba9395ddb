// Thousands of webhooks from a deliverer that is killed to a receiver that fails in every known way and is killed too.
// Every fact of every booking must arrive, with one wording, signed; and nothing else.

import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, jest } from '@jest/globals';
import {
  isDelivered,
  makeTestFolder,
  startReceiverProcess,
  type FaultShares,
  type ReceivedPost,
  type ReceiverProcess,
} from '@slotline/testkit';
import { Webhook } from 'standardwebhooks';
import { WebhookWorld } from './webhook-world.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
/** `pnpm chaos` sends 10,000 and kills each end 20 times, which takes five minutes. */
const IS_LONG = process.env['CHAOS'] === 'long';
const BOOKINGS = IS_LONG ? 2_500 : 1_000;
const DELIVERIES = 4 * BOOKINGS;
const KILLS = IS_LONG ? 20 : 8;
/** Without `hang`: fifteen seconds a post is what apps/worker/test/deliver-receivers.test.ts is for. */
const SHARES: FaultShares = { none: 70, delay: 8, drop: 5, cut: 4, error: 6, throttle: 7 };

it(`${DELIVERIES} webhooks all arrive while both ends are killed (SEED=${SEED})`, async () => {
  const file = path.join(makeTestFolder('receiver'), 'posts.ndjson');
  const receiver = await startReceiverProcess({ file, seed: SEED, shares: SHARES });
  const world = await WebhookWorld.open(receiver.url);
  const beganAt = Date.now();
  try {
    await world.startDeliverer();
    const [redelivered] = await Promise.all([deliverUnderKills(world, receiver), world.book(BOOKINGS)]);
    expect(await world.stopDeliverer()).toBe(0);
    const posts = receiver.readPosts();
    console.log(describeRun(posts, redelivered));
    expectAllTold(posts, await world.listOwed());
    expectStamped(posts, { since: beganAt });
    expectFaultsHappened(posts);
  } finally {
    await world.close();
    await receiver.stop();
  }
}, 600_000);

/** Kills the deliverer and the receiver in turn, at even steps of progress, until all is delivered. */
async function deliverUnderKills(world: WebhookWorld, receiver: ReceiverProcess): Promise<number> {
  let redelivered = 0;
  let kills = 0;
  for (;;) {
    const delivered = await world.countDelivered();
    if (delivered === DELIVERIES && kills === 2 * KILLS) return redelivered;
    // The last kill comes with a tenth left to do, so every life of either has work.
    const isDue = kills < 2 * KILLS && delivered >= (DELIVERIES * 0.9 * kills) / (2 * KILLS);
    if (isDue && kills++ % 2 === 0) await killDeliverer(world);
    else if (isDue) await killReceiver(receiver);
    redelivered += await world.redeliverFailed();
    await world.shortenRetries();
    await delay(100); // so that polling leaves the CPU to the deliverer and the receiver
  }
}

async function killDeliverer(world: WebhookWorld): Promise<void> {
  await world.killDeliverer();
  await world.endLeases();
  await world.startDeliverer();
}

async function killReceiver(receiver: ReceiverProcess): Promise<void> {
  await receiver.kill();
  await receiver.revive();
}

function expectAllTold(posts: readonly ReceivedPost[], owed: ReadonlyMap<string, string>): void {
  expect(owed.size).toBe(DELIVERIES);
  const byId = Map.groupBy(posts, ({ headers }) => headers['webhook-id'] ?? '');
  // Nothing that the bookings do not owe was ever posted, and everything they owe was taken.
  expect([...byId.keys()].filter((id) => !owed.has(id))).toEqual([]);
  const isTaken = (id: string) => byId.get(id)?.some(({ fault }) => isDelivered(fault)) ?? false;
  expect([...owed.keys()].filter((id) => !isTaken(id))).toEqual([]);
  for (const [id, all] of byId) {
    expect(new Set(all.map(({ body }) => body)).size).toBe(1);
    const webhook = new Webhook(owed.get(id) ?? '');
    for (const { body, headers } of all) verifyAsReceived(webhook, body, { ...headers });
  }
}

function expectStamped(posts: readonly ReceivedPost[], { since }: { since: number }): void {
  const stamps = posts.map(({ headers }) => Number(headers['webhook-timestamp']) * 1_000);
  expect(Math.min(...stamps)).toBeGreaterThan(since - 1_000);
  expect(Math.max(...stamps)).toBeLessThanOrEqual(Date.now());
}

/** Verifies with the clock at the webhook's timestamp: the library refuses timestamps older than five minutes. */
function verifyAsReceived(webhook: Webhook, body: string, headers: Record<string, string>): void {
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Number(headers['webhook-timestamp']) * 1_000);
  try {
    webhook.verify(body, headers);
  } finally {
    clock.mockRestore();
  }
}

/** A run without faults proves nothing. */
function expectFaultsHappened(posts: readonly ReceivedPost[]): void {
  const counts = countFaults(posts);
  for (const fault of ['delay', 'drop', 'cut', 'error', 'throttle'] as const) {
    expect(counts.get(fault)).toBeGreaterThan(DELIVERIES / 100);
  }
  expect(posts.length).toBeGreaterThan(DELIVERIES);
}

function countFaults(posts: readonly ReceivedPost[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(posts, ({ fault }) => fault)].map(([fault, { length }]) => [fault, length]));
}

function describeRun(posts: readonly ReceivedPost[], redelivered: number): string {
  const faults = [...countFaults(posts)].map(([fault, count]) => `${fault} ${count}`).join(', ');
  return `SEED=${SEED}: ${DELIVERIES} deliveries in ${posts.length} posts (${faults}); each end killed ${KILLS} times; ${redelivered} redelivered`;
}
