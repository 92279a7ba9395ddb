// Crash points between acceptance and completion (C12, C13, C31): committed requests are not decided again, requests
// without a wake-up are found by the sweeper, and a worker that stops loses nothing.

import { afterEach, describe, expect, it } from '@jest/globals';
import { readJob, type JobText } from '@slotline/contract';
import { openDecider, type AcceptedRequest, type RequestRecord } from '@slotline/db';
import { openOrgQueue, type OrgQueue, type QueueEvent } from '@slotline/queue';
import { startRedis, startSystem, type System, type SystemOptions } from '@slotline/testkit';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import request from 'supertest';

type Queue = OrgQueue<JobText, RequestRecord>;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
}, 60_000);

async function start(options: SystemOptions): Promise<System> {
  const system = await startSystem(options);
  closers.push(() => system.close());
  return system;
}

async function openQueue(
  { redisUrl, queueName }: Pick<System, 'redisUrl' | 'queueName'>,
  onEvent?: (event: QueueEvent) => void,
): Promise<Queue> {
  const queue: Queue = await openOrgQueue({
    redisUrl,
    name: queueName,
    ...(onEvent === undefined ? {} : { onEvent }),
  });
  closers.push(() => queue.close());
  return queue;
}

async function query<Row extends object>({ databaseUrl }: System, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<Row>(sql);
  await client.end();
  return rows;
}

function booking(orgId: string, at: number) {
  const minute = String(at % 60).padStart(2, '0');
  const hour = String(Math.floor(at / 60)).padStart(2, '0');
  const start = `2030-01-01 ${hour}:${minute}`;
  const dates = { createdAt: '2030-01-01 00:00', updatedAt: '2030-01-01 00:00' };
  return { orgId, id: `id-${at}`, start, end: `${start}:30`, ...dates };
}

async function postBatch({ url }: System, items: readonly object[]): Promise<string[]> {
  const { status, body } = await request(url)
    .post('/api/appointments/batch')
    .send(items as object[]);
  expect(status).toBe(202);
  return (body as { requestId: string }[]).map(({ requestId }) => requestId);
}

/** Waits until every mailbox is empty, so that every request is decided and completed. */
async function untilCompleted(queue: Queue): Promise<void> {
  while ((await queue.listOrgs(1)).length > 0) continue;
}

async function outcomesOf({ url }: System, ids: readonly string[]) {
  const answers = await Promise.all(ids.map((id) => request(url).get(`/api/requests/${id}?wait=20`)));
  return answers.map(({ body }) => ({ outcome: body.outcome, decidedAt: body.decidedAt }));
}

/** Counts requests, versions, and orgs that have a gap or a repeat in their decision sequence. */
async function decisionsOf(system: System): Promise<{ requests: number; gaps: number; versions: number }> {
  const [counted] = await query<{ requests: number; gaps: number; versions: number }>(
    system,
    `select count(*)::int as requests,
            (select count(*)::int from appointment_versions) as versions,
            (select count(*)::int from (
               select org_key from requests group by org_key
               having max(decision_sequence) <> count(*) or min(decision_sequence) <> 1
                   or count(distinct decision_sequence) <> count(*)
             ) as bad) as gaps
       from requests`,
  );
  return counted ?? { requests: 0, gaps: 0, versions: 0 };
}

describe('a worker that died after its commit and before it completed the requests', () => {
  it('leaves outcomes that the next worker finds, keeps and completes', async () => {
    const system = await start({ workers: 0 });
    const queue = await openQueue(system);
    const ids = await postBatch(system, [
      booking('acme', 0),
      booking('acme', 0),
      { ...booking('acme', 0), id: 'other' },
    ]);
    await decideOnly(system, queue, ids.slice(0, 2));
    // The next worker decides the third in one batch with the two that are already in PostgreSQL.
    const before = await outcomesOf(system, ids.slice(0, 2));
    expect(before.map(({ outcome }) => outcome.kind)).toEqual(['created', 'ignored-stale']);
    expect((await queue.inspect('acme')).depth).toBe(3);

    await system.addWorker();
    await untilCompleted(queue);
    expect(await outcomesOf(system, ids.slice(0, 2))).toEqual(before);
    expect((await outcomesOf(system, ids.slice(2)))[0]?.outcome.kind).toBe('conflict');
    expect(await decisionsOf(system)).toEqual({ requests: 3, gaps: 0, versions: 1 });
  });

  /** Decides like a worker, but stops after the commit: nothing is completed. */
  async function decideOnly(system: System, queue: Queue, ids: readonly string[]): Promise<void> {
    const items = await queue.find(ids);
    const requests = items.map((item, at): AcceptedRequest => {
      if (item?.state !== 'waiting') throw new Error('the request is not waiting');
      return { ...readJob(JSON.stringify(item.payload)), requestId: ids[at] ?? '' };
    });
    const decider = openDecider({ url: system.databaseUrl, lanes: 1 });
    await decider.decide([{ orgId: 'acme', requests }]);
    await decider.close();
  }
});

describe('a wake-up that fails', () => {
  it('is not an error for the client: the booking is accepted, and the sweeper finds it', async () => {
    const redis = await startRedis();
    closers.push(() => redis.stop());
    const workers = await start({ redisUrl: redis.url });
    // This producer may write mailboxes but no keys of BullMQ, so Redis refuses each of its wake-ups.
    const tag = `{${workers.queueName}:0}`;
    const admin = new Redis(redis.url);
    const keys = ['busy', 'seq', 'paused', 'line:*', 'clocks', 'mailbox:*', 'pace:*', 'i:*'].map(
      (key) => `~${tag}:${key}`,
    );
    await admin.call('ACL', 'SETUSER', 'mute', 'on', '>secret', '+@all', '&*', ...keys);
    admin.disconnect();
    const redisUrl = `redis://mute:secret@127.0.0.1:${redis.port}`;
    const api = await start({
      workers: 0,
      redisUrl,
      databaseUrl: workers.databaseUrl,
      environment: { QUEUE_NAME: workers.queueName },
    });

    const answer = await request(api.url).post('/api/appointments').send(booking('acme', 0));
    expect(answer.status).toBe(202);
    const [first] = await outcomesOf(workers, [answer.body.requestId]);
    expect(first?.outcome.kind).toBe('created');
    const metrics = await request(api.adminUrl).get('/metrics');
    expect(metrics.text).toMatch(/slotline_queue_events_total\{kind="wake-failed",app="api"\} [1-9]/);
  }, 60_000);
});

describe('two workers side by side', () => {
  it('decide every request of 50 orgs once, and each org without a gap in its sequence', async () => {
    const system = await start({ workers: 2, environment: { COMMIT_GROUP_MAX: '20' } });
    const queue = await openQueue(system);
    const sent = [];
    for (let round = 0; round < 4; round++) {
      const items = Array.from({ length: 1_000 }, (_, at) =>
        booking(`org-${at % 50}`, round * 20 + Math.floor(at / 50)),
      );
      sent.push(postBatch(system, items));
    }
    const ids = (await Promise.all(sent)).flat();
    expect(new Set(ids).size).toBe(4_000);
    await untilCompleted(queue);
    expect(await decisionsOf(system)).toEqual({ requests: 4_000, gaps: 0, versions: 4_000 });
  }, 90_000);
});

describe('a worker that is stopped under load', () => {
  it('closes cleanly, completes what it has in flight, and leaves the rest to the next worker', async () => {
    const system = await start({ workers: 0, environment: { COMMIT_GROUP_MAX: '5' } });
    const queue = await openQueue(system);
    const leaving = await system.addWorker();
    const ids = await postBatch(
      system,
      Array.from({ length: 1_000 }, (_, at) => booking(`org-${at % 10}`, Math.floor(at / 10))),
    );
    // Stopped midway: some requests are decided, most are not.
    while ((await decisionsOf(system)).requests === 0) continue;
    expect(await leaving.close()).toBe(true);

    const { requests } = await decisionsOf(system);
    const left = (await queue.listOrgs(1_000)).reduce((sum, { depth }) => sum + depth, 0);
    // It completed all that it committed: no request is both decided and still in its mailbox.
    expect(requests + left).toBe(ids.length);

    await system.addWorker();
    await untilCompleted(queue);
    expect(await decisionsOf(system)).toEqual({ requests: ids.length, gaps: 0, versions: ids.length });
  }, 60_000);
});
