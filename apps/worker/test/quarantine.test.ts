// Mailbox entries that this build cannot read (C37, C41) are quarantined and visible to clients. The entries
// around them are decided in order.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';

const BEGAN_AT = Date.now() - 60_000;

const POISON: [string, unknown][] = [
  ['garbage', 'no job at all'],
  ['nothing', null],
  ['a list', [1, 2]],
  ['a job of a future version', { v: 99, op: 'book', appt: 'future', what: { ever: true } }],
  ['a job that cannot be stored', { ...jobAt(20), appt: 'a\u0000b' }],
];

let system: System;
let queue: OrgQueue<unknown, unknown>;
beforeAll(async () => {
  system = await startSystem({ workers: 0 });
  queue = await openOrgQueue({ redisUrl: system.redisUrl, name: system.queueName });
});
afterAll(async () => {
  await queue.close();
  await system.close();
});

/** A booking of one slot. All bookings are for the same slot, so the first one decided gets it. */
function jobAt(hour: number) {
  const at = Date.UTC(2030, 0, 1, hour);
  return {
    v: 1,
    op: 'book',
    appt: `at-${hour}`,
    res: 'r',
    start: at,
    end: at + 1,
    created: at,
    updated: at,
    at,
  };
}

let ids = 0;
function newId(): string {
  ids += 1;
  return `00000000-0000-7000-8000-${String(ids).padStart(12, '0')}`;
}

/** Polls like a client while the response is 503. */
async function read(id: string) {
  for (;;) {
    const answer = await request(system.url).get(`/api/requests/${id}?wait=20`);
    if (answer.status !== 503) return answer;
  }
}

it('a request that this build cannot read answers 503 while it waits, never 404 or 500', async () => {
  const unreadable = POISON.slice(0, 4).map(([_what, payload]) => ({
    id: newId(),
    orgId: 'waiting',
    payload,
  }));
  await queue.accept(unreadable);
  const answers = await Promise.all(
    unreadable.map(({ id }) => request(system.url).get(`/api/requests/${id}`)),
  );
  expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual(
    unreadable.map(() => [503, '1']),
  );
});

it('each unreadable entry is quarantined, and those before and after it are decided in order', async () => {
  const orgs = POISON.map(([what, payload], at) => ({
    what,
    orgId: `org-${at}`,
    items: [jobAt(8), payload, { ...jobAt(8), appt: 'late' }].map((one) => ({ id: newId(), payload: one })),
  }));
  for (const { orgId, items } of orgs) await queue.accept(items.map((item) => ({ ...item, orgId })));
  await system.addWorker();
  for (const { what, items } of orgs) {
    const answers = await Promise.all(items.map(({ id }) => read(id)));
    const seen = answers.map(({ status, body }) => [status, body.status, body.outcome?.kind]);
    expect([what, seen]).toEqual([
      what,
      [
        [200, 'completed', 'created'],
        [200, 'failed', 'quarantined'],
        [200, 'completed', 'conflict'],
      ],
    ]);
    // The fields that the entry does not give are taken from its place in the mailbox.
    expect(Date.parse(answers[1]?.body.acceptedAt)).toBeGreaterThan(BEGAN_AT);
    // The failure itself is not exposed: neither the entry nor the parser's error.
    expect(answers[1]?.body.outcome).toEqual({
      kind: 'quarantined',
      detail: expect.stringContaining('could not decide this request'),
    });
  }
});
