// A request that is decided while its org's requests are listed. The worst case: everything that waits is
// decided between the read of the mailbox and the read of PostgreSQL.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { JobText } from '@slotline/contract';
import { findRequests, openDatabase, type Database, type RequestRecord } from '@slotline/db';
import { openOrgQueue } from '@slotline/queue';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import type { Queue } from '../src/intake/accept.ts';
import { DecidedRecords } from '../src/intake/decided-records.ts';
import { presentRequest } from '../src/intake/request-state.ts';
import { listRequestStates, type RequestsPlace } from '../src/reading/list-requests.ts';

let system: System;
let queue: Queue;
let db: Database;
beforeAll(async () => {
  system = await startSystem({ workers: 0 });
  queue = await openOrgQueue<JobText, RequestRecord>({ redisUrl: system.redisUrl, name: system.queueName });
  db = openDatabase({ url: system.databaseUrl });
});
afterAll(async () => {
  await Promise.all([queue.close(), db.close()]);
  await system.close();
});

async function accept(orgId: string, id: number): Promise<string> {
  const [start, end] = [`2030-01-01 00:0${id}`, `2030-01-01 00:0${id + 1}`];
  const booking = { id, orgId, start, end, createdAt: start, updatedAt: start };
  return (await request(system.url).post('/api/appointments').send(booking)).body.requestId as string;
}

/** The queue; all its requests are decided right after each read of the mailbox. */
function decidingAfterLook(ids: readonly string[]): Queue {
  return {
    ...queue,
    async listWaiting(orgId, page) {
      const found = await queue.listWaiting(orgId, page);
      const worker = await system.addWorker();
      await queue.completed(ids, { timeoutMs: 20_000 });
      await worker.close();
      return found;
    },
  };
}

it.each([1, 2, 10])('is still on a page, as decided, with pages of %i', async (limit) => {
  const orgId = `race-${limit}`;
  const ids = [await accept(orgId, 1), await accept(orgId, 2), await accept(orgId, 3)];
  const context = {
    queue: decidingAfterLook(ids),
    db,
    records: new DecidedRecords((ids) => findRequests(db, ids)),
  };
  const shown: { requestId: string; status: string }[] = [];
  let place: RequestsPlace | undefined;
  do {
    const page = await listRequestStates(context, { orgId, limit }, place);
    shown.push(...page.states.map(presentRequest));
    place = page.next;
  } while (place !== undefined);
  expect(shown.map(({ requestId, status }) => [requestId, status])).toEqual(
    ids.toReversed().map((id) => [id, 'completed']),
  );
});

it('is listed once on a page, as decided, when only the read of PostgreSQL sees it', async () => {
  const orgId = 'late';
  const ids = [await accept(orgId, 1)];
  let isFirst = true;
  const context = {
    queue,
    db,
    // Not decided when its record is looked up, and decided right after.
    records: new DecidedRecords(async (asked) => {
      const found = await findRequests(db, asked);
      if (isFirst) {
        isFirst = false;
        const worker = await system.addWorker();
        await queue.completed(ids, { timeoutMs: 20_000 });
        await worker.close();
      }
      return found;
    }),
  };
  const { states, next } = await listRequestStates(context, { orgId, limit: 10 });
  expect(states.map((state) => presentRequest(state).status)).toEqual(['completed']);
  expect(next).toBeUndefined();
});
