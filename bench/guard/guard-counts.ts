// What a request costs the stores, counted and not timed: of a booking that comes alone, which is the most, and of one of
// many that wait, in one org and in many.

import { median } from '../figures/middle.ts';
import { startGenerator } from '../load/start-generator.ts';
import { bodyOf, HOT_ORG, type Traffic } from '../load/traffic.ts';
import { usedMemoryOf } from '../stage/redis-figures.ts';
import type { Stage } from '../stage/stage.ts';
import { startSlotline, type Slotline } from '../systems/start-slotline.ts';
import { countDuring, type Counts } from './counters.ts';
import type { GuardSection, Readings } from './guard.ts';

const LONE = { traffic: HOT_ORG, connections: 1, requestsMax: 300, waitSeconds: 10, expected: [201] };
/** What one POST carries of those that wait: as many calls of Redis on any machine. */
const BATCH = 1_000;
const MANY_ORGS: Traffic = { name: 'several', orgs: 200, resourcesPerOrg: 1 };
/** Nothing else than deciding: what happens by the clock would count for more on a slow machine. */
const ENVIRONMENT = { WORKER_ROLES: 'decide', HOLD_CHECK_MS: '60000' };

export const loneBookings: GuardSection = {
  name: 'bookings that come alone',
  measure: async (stage) => {
    const send = await startGenerator(stage);
    const slotline = await startSlotline(stage, { workers: 1, environment: ENVIRONMENT });
    const sendLone = (from: number) => send({ kind: 'closed', address: slotline.address, from, ...LONE });
    await sendLone(0);
    const counts = await countDuring(slotline, stage, async () => {
      await sendLone(LONE.requestsMax);
    });
    return toReadings('alone', counts, LONE.requestsMax);
  },
};

export const backlogs: GuardSection = {
  name: 'bookings that wait',
  measure: async (stage) => {
    const ofOne = await measureBacklog(stage, { name: 'of one org', traffic: HOT_ORG, bursts: 5 });
    const ofMany = await measureBacklog(stage, { name: 'of 200 orgs', traffic: MANY_ORGS, bursts: 8 });
    // So few batches run fewer scripts than the timed checks do.
    const { 'Redis scripts, of one org': _, ...steady } = ofOne;
    return { ...steady, ...ofMany };
  },
};

interface Backlog {
  readonly name: string;
  readonly traffic: Traffic;
  /** Number of consecutive batches, so that none waits long enough for a timed check for forgotten requests. */
  readonly bursts: number;
}

async function measureBacklog(stage: Stage, { name, traffic, bursts }: Backlog): Promise<Readings> {
  const slotline = await startSlotline(stage, { workers: 1, environment: ENVIRONMENT });
  const bytes: number[] = [];
  // In the first burst the worker comes to its lines one after the other, in as many groups as it happens to need.
  await decideBurst(stage, { slotline, traffic, burst: 0 });
  const counts = await countDuring(slotline, stage, async () => {
    for (let burst = 1; burst <= bursts; burst++) {
      bytes.push(await decideBurst(stage, { slotline, traffic, burst }));
    }
    await slotline.workers[0]?.stop();
  });
  await slotline.server.stop();
  return { [`Redis bytes queued, ${name}`]: median(bytes), ...toReadings(name, counts, bursts * BATCH) };
}

/** All of it is there before the first of it is decided, so that batches are of one size on any machine. Bytes a request. */
async function decideBurst(
  { stores: { redisUrl } }: Stage,
  { slotline, traffic, burst }: { slotline: Slotline; traffic: Traffic; burst: number },
): Promise<number> {
  const child = slotline.workers[0]?.child;
  child?.kill('SIGSTOP');
  const before = await usedMemoryOf(redisUrl);
  await sendBatch(slotline, traffic, burst * BATCH);
  const bytes = (await usedMemoryOf(redisUrl)) - before;
  child?.kill('SIGCONT');
  await slotline.untilDecided((burst + 1) * BATCH);
  return bytes / BATCH;
}

async function sendBatch({ address }: Slotline, traffic: Traffic, from: number): Promise<void> {
  const items = Array.from({ length: BATCH }, (_, at) => bodyOf(traffic, from + at));
  const answer = await fetch(`${address}/api/appointments/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `[${items.join(',')}]`,
  });
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`a batch was answered ${answer.status}: ${text.slice(0, 500)}`);
}

function toReadings(name: string, counts: Counts, requests: number): Readings {
  return Object.fromEntries(
    Object.entries(counts).map(([what, count]: [string, number]) => [`${what}, ${name}`, count / requests]),
  );
}
