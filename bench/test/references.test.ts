// The references are worth a comparison only if they keep the same promise.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bodyOf, HOT_ORG, slotOf } from '../load/traffic.ts';
import { Stage } from '../stage/stage.ts';
import {
  startGuaranteed,
  startOrgRowLock,
  startQueued,
  startSynchronous,
} from '../systems/start-references.ts';
import type { System } from '../systems/system.ts';
import { sharedStores } from './shared-stores.ts';

const stage = new Stage(sharedStores());
let systems: Record<'synchronous' | 'orgRowLock' | 'queued' | 'guaranteed', System>;

beforeAll(async () => {
  const [synchronous, orgRowLock, queued, guaranteed] = await Promise.all([
    startSynchronous(stage),
    startOrgRowLock(stage),
    startQueued(stage),
    startGuaranteed(stage),
  ]);
  systems = { synchronous, orgRowLock, queued, guaranteed };
});

afterAll(() => stage.clear());

async function post(system: System, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${system.address}/api/appointments`, { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
}

/** Ten bookings at once that all want some of the same half hour. */
function race(system: System): Promise<number[]> {
  const { orgId, resourceId, startMs } = slotOf(HOT_ORG, 0);
  const noted = new Date(0).toISOString();
  const bodies = Array.from({ length: 10 }, (_, at) => {
    const [start, end] = [startMs + at * 60_000, startMs + (at + 20) * 60_000].map((ms) =>
      new Date(ms).toISOString(),
    );
    return JSON.stringify({
      id: `race-${at}`,
      orgId,
      resourceId,
      start,
      end,
      createdAt: noted,
      updatedAt: noted,
    });
  });
  return Promise.all(bodies.map((body) => post(system, body)));
}

test.each(['synchronous', 'orgRowLock', 'guaranteed'] as const)(
  '%s takes one of ten overlapping bookings',
  async (name) => {
    const statuses = await race(systems[name]);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array<number>(9).fill(409)]);
    expect(await systems[name].countAppointments()).toBe(1);
  },
);

test('the queued reference accepts ten overlapping bookings and creates one', async () => {
  expect(await race(systems.queued)).toEqual(Array<number>(10).fill(202));
  await systems.queued.untilDecided(10);
  expect(await systems.queued.countAppointments()).toBe(1);
});

test.each(['synchronous', 'orgRowLock'] as const)(
  '%s moves a booking, and only to newer facts',
  async (name) => {
    const body = bodyOf(HOT_ORG, 1_000);
    expect(await post(systems[name], body)).toBe(201);
    expect(await post(systems[name], body)).toBe(200);
    expect(await post(systems[name], body.replaceAll('2029-09-28', '2029-09-29'))).toBe(201);
  },
);

test('a body that is not a booking is refused', async () => {
  for (const system of Object.values(systems)) expect(await post(system, '{"id":"1"}')).toBe(400);
});
