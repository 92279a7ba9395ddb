// What a request costs the stores, counted and not timed: of a booking that comes alone, which is the most, and of one of
// many that wait, in one org and in a thousand.

import type { ClosedLoad } from '../load/load.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import { HOT_ORG, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import { usedMemoryOf } from '../stage/redis-figures.ts';
import type { Stage } from '../stage/stage.ts';
import { startSlotline, type Slotline } from '../systems/start-slotline.ts';
import { countDuring, type Counts } from './counters.ts';
import type { GuardSection, Readings } from './guard.ts';

const LONE = { traffic: HOT_ORG, connections: 1, requestsMax: 300, waitSeconds: 10, expected: [201] };
const MANY = { from: 0, connections: 256, requestsMax: 5_000, expected: [202] };
/** Nothing else than deciding: what happens by the clock would count for more on a slow machine. */
const ENVIRONMENT = { WORKER_ROLES: 'decide', HOLD_CHECK_MS: '60000' };

export const loneBookings: GuardSection = {
  name: 'bookings that come alone',
  measure: async (stage) => {
    const send = await startGenerator(stage);
    const slotline = await startSlotline(stage, { workers: 1, environment: ENVIRONMENT });
    const sendLone = (from: number) => sendAll(send, slotline, { ...LONE, from });
    await sendLone(0);
    const counts = await countDuring(slotline, stage, () => sendLone(LONE.requestsMax));
    return toReadings('alone', counts, LONE.requestsMax);
  },
};

export const backlogs: GuardSection = {
  name: 'bookings that wait',
  measure: async (stage) => ({
    ...(await measureBacklog(stage, { name: 'of one org', traffic: HOT_ORG })),
    ...(await measureBacklog(stage, { name: 'of 1,000 orgs', traffic: THOUSAND_ORGS })),
  }),
};

async function measureBacklog(
  stage: Stage,
  { name, traffic }: { name: string; traffic: Traffic },
): Promise<Readings> {
  const send = await startGenerator(stage);
  const slotline = await startSlotline(stage, { workers: 0, environment: ENVIRONMENT });
  const { redisUrl } = stage.stores;
  const before = await usedMemoryOf(redisUrl);
  await sendAll(send, slotline, { ...MANY, traffic });
  const bytes = ((await usedMemoryOf(redisUrl)) - before) / MANY.requestsMax;
  const counts = await countDuring(slotline, stage, async () => {
    const worker = await slotline.addWorker();
    await slotline.untilDecided(MANY.requestsMax);
    await worker.stop();
  });
  await slotline.server.stop();
  return { [`Redis bytes queued, ${name}`]: bytes, ...toReadings(name, counts, MANY.requestsMax) };
}

async function sendAll(
  send: SendLoad,
  { address }: Slotline,
  load: Omit<ClosedLoad, 'kind' | 'address'>,
): Promise<void> {
  await send({ kind: 'closed', address, ...load });
}

function toReadings(name: string, counts: Counts, requests: number): Readings {
  return Object.fromEntries(
    Object.entries(counts).map(([what, count]: [string, number]) => [`${what}, ${name}`, count / requests]),
  );
}
