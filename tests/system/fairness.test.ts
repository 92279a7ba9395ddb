// Fairness among orgs: a flood delays the flooding org only. Checks the order of decisions that PostgreSQL recorded.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';

const BATCHES = 5;
const BATCH = 1_000;
/** Well above what may be in flight when the other orgs arrive, well below the flood. */
const BEFORE_MAX = 2_000;

let system: System;
beforeAll(async () => {
  system = await startSystem({ workers: 0 });
});
afterAll(async () => {
  await system.close();
});

function bookingOf(orgId: string, number: number) {
  const startMs = Date.UTC(2031, 0, 1) + number * 600_000;
  const [start, end] = [startMs, startMs + 600_000].map((ms) => new Date(ms).toISOString());
  const noted = '2030-01-01 00:00';
  return { orgId, id: String(number), start, end, createdAt: noted, updatedAt: noted };
}

async function send(orgId: string, from: number, count: number): Promise<readonly string[]> {
  const answer = await request(system.url)
    .post('/api/appointments/batch')
    .send(Array.from({ length: count }, (_, at) => bookingOf(orgId, from + at)));
  expect(answer.status).toBe(202);
  return (answer.body as { requestId: string }[]).map(({ requestId }) => requestId);
}

async function decidedAt(requestId: string): Promise<string> {
  const answer = await request(system.url).get(`/api/requests/${requestId}?wait=30`);
  expect(answer.body).toMatchObject({ status: 'completed', outcome: { kind: 'created' } });
  return answer.body.decidedAt;
}

it('orgs that arrive after a flood of a hundred times their requests are served before the flood ends', async () => {
  const flood: string[] = [];
  for (let batch = 0; batch < BATCHES; batch++) flood.push(...(await send('flood', batch * BATCH, BATCH)));
  const others: string[] = [];
  for (let org = 0; org < 10; org++) others.push(...(await send(`small-${org}`, 0, BATCHES)));
  await system.addWorker();
  const latest = (await Promise.all(others.map(decidedAt))).toSorted().at(-1) ?? '';
  const behind = await decidedAt(flood[BEFORE_MAX] ?? '');
  // The instants have one format, so text order is time order.
  expect(latest < behind).toBe(true);
}, 60_000);
