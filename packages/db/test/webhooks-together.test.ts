// Concurrent fan-outs and deliverers while deciders commit: each fact becomes one delivery, and each delivery has
// one outcome.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { seededRandom } from '@slotline/testkit';

import {
  callbacksEndpointIdOf,
  deleteEndpoint,
  isRetryable,
  listEndpoints,
  openDatabase,
  recoverDeliveries,
  redeliver,
  type EndpointRecord,
} from '../src/index.ts';
import { book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import {
  addEndpoint,
  claim,
  enable,
  fanOut,
  fanOutToCallbacks,
  finish,
  takeDue,
  toDeliveries,
  untilDone,
} from './test-endpoints.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());
beforeEach(() => it.raw.query('truncate deliveries, endpoints, outbox'));

const ORGS = ['one', 'two', 'three'];

function printedRandom(name: string): () => number {
  const seed = Date.now() % 2 ** 31;
  console.info(`${name}: seed ${seed}`);
  return seededRandom(seed);
}

/** Decides `groups` groups of random sizes, in random orgs, some of the requests with a callback. */
async function decideAtRandom(random: () => number, { name, groups }: { name: string; groups: number }) {
  const decider = it.open();
  for (let n = 0; n < groups; n++) {
    const orgIds = ORGS.filter(() => random() < 0.6);
    const group = orgIds.map((orgId) => ({
      orgId,
      requests: Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) => {
        const id = `${orgId}-${name}-${n}-${at}`;
        const callbackUrl = random() < 0.3 ? `https://example.com/${id}` : undefined;
        return { ...book({ id, from: 0, to: 10, resource: id }), callbackUrl };
      }),
    }));
    await decider.decide(group);
  }
}

/** Checks that every endpoint has the deliveries of every decision of its org, each once. */
async function expectAllTold(endpoints: readonly EndpointRecord[]): Promise<void> {
  for (const { orgId, endpointId } of endpoints) {
    const [counts] = await it.rows(
      `select
         (select decision_sequence from orgs where org_id = $1) as decided,
         count(distinct request_id) filter (where event_type = 'request.completed') as told,
         count(*) filter (where event_type = 'request.completed') as deliveries,
         (select change_sequence from orgs where org_id = $1) as changed,
         count(distinct sequence) as changes,
         (select decision_sequence from endpoints where endpoint_id = $2) as cursor
       from deliveries where endpoint_id = $2`,
      [orgId, endpointId],
    );
    const { decided, changed } = counts as { decided: string; changed: string };
    expect(counts).toMatchObject({ told: decided, deliveries: decided, changes: changed, cursor: decided });
  }
}

test('each decision is delivered once to each endpoint while deciders commit and fan-outs race', async () => {
  const random = printedRandom('webhooks-together.test.ts');
  const endpoints: EndpointRecord[] = [];
  for (const orgId of ORGS) {
    for (let n = 0; n < 3; n++) endpoints.push(await addEndpoint(it.db, orgId));
  }
  const handles = Array.from({ length: 3 }, () => openDatabase({ url: it.url, poolMax: 2 }));
  let isDeciding = true;
  const fanOuts = handles.map(async (db) => {
    while (isDeciding) {
      const endpointsMax = 1 + Math.floor(random() * 9);
      await fanOut(db, { endpointsMax, decisionsMax: 1 + Math.floor(random() * 5) });
      await fanOutToCallbacks(db, { limit: 1 + Math.floor(random() * 5) });
    }
  });
  const deciding = ['a', 'b'].map((name) => decideAtRandom(random, { name, groups: 60 }));
  await Promise.all(deciding).finally(() => (isDeciding = false));
  await Promise.all(fanOuts);
  for (const db of handles) {
    await untilDone(() => fanOut(db));
    await untilDone(() => fanOutToCallbacks(db));
    await db.close();
  }
  await expectAllTold(endpoints);
  expect(await it.rows('select from outbox')).toEqual([]);
  const callbackIds = ORGS.map(callbacksEndpointIdOf);
  const callbacks = await it.rows<{ url: string; id: string }>(
    `select d.url, r.appointment_id as id from deliveries d join requests r using (request_id, org_key)
     where endpoint_id = any ($1)`,
    [callbackIds],
  );
  expect(callbacks.length).toBeGreaterThan(10);
  expect(new Set(callbacks.map(({ url }) => url)).size).toBe(callbacks.length);
  expect(callbacks.every(({ url, id }) => url.endsWith(`/${id}`))).toBe(true);
}, 60_000);

test('of concurrent steps for one endpoint only one makes its deliveries', async () => {
  await addEndpoint(it.db, 'both');
  const requests = Array.from({ length: 50 }, (_, at) => book({ id: `a${at}`, from: at, to: at + 1 }));
  await it.open().decide([{ orgId: 'both', requests }]);
  const steps = await Promise.all([1, 2, 3, 4].map(() => fanOut(it.db)));
  expect(steps.map(({ created }) => created).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 100]);
});

test('a repeated step creates no delivery again', async () => {
  const endpoint = await addEndpoint(it.db, 'rewound');
  await it.open().decide([{ orgId: 'rewound', requests: [book({ id: 'a', from: 0, to: 10 })] }]);
  await fanOut(it.db);
  await it.raw.query('update endpoints set decision_sequence = 0 where endpoint_id = $1', [
    endpoint.endpointId,
  ]);
  let calls = 0;
  const counted: typeof toDeliveries = (...args) => (calls++, toDeliveries(...args));
  expect(await fanOut(it.db, { toDeliveries: counted })).toEqual({ created: 0, isMore: false });
  expect(calls).toBe(1);
});

test('concurrent deliverers and changes of endpoints leave one outcome per delivery and no deadlock', async () => {
  const random = printedRandom('webhooks-together.test.ts, deliverers');
  const endpoints: EndpointRecord[] = [];
  for (let n = 0; n < 4; n++) endpoints.push(await addEndpoint(it.db, 'busy'));
  const requests = Array.from({ length: 40 }, (_, at) => book({ id: `a${at}`, from: at, to: at + 1 }));
  await it.open().decide([{ orgId: 'busy', requests }]);
  await untilDone(() => fanOut(it.db));
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)];
  const finished = new Map<string, number>();
  const failures: unknown[] = [];
  const deliverer = async () => {
    for (let n = 0; n < 40; n++) {
      const due = await takeDue(it.db, 5);
      for (const { deliveryId, attempts } of due) {
        const claimed = await claim(it.db, deliveryId, attempts);
        if (claimed === undefined) continue;
        const kind = pick(['delivered', 'retry', 'gone', 'exhausted'] as const) ?? 'retry';
        const { isMine } = await finish(it.db, deliveryId, claimed.attempt, kind, 0);
        const token = `${deliveryId} ${claimed.attempt}`;
        if (isMine) finished.set(token, (finished.get(token) ?? 0) + 1);
      }
    }
  };
  const user = async () => {
    for (let n = 0; n < 60; n++) {
      const endpoint = pick(endpoints);
      if (endpoint === undefined) continue;
      const chance = random();
      if (chance < 0.4) await enable(it.db, endpoint, random() < 0.7);
      else if (chance < 0.7) await recoverDeliveries(it.db, { ...endpoint, since: endpoint.createdAt });
      else if (chance < 0.95) {
        const [row] = await it.rows<{ id: string }>(
          'select delivery_id as id from deliveries where endpoint_id = $1 order by random() limit 1',
          [endpoint.endpointId],
        );
        if (row !== undefined) await redeliver(it.db, { ...endpoint, deliveryId: row.id });
      } else await deleteEndpoint(it.db, endpoint);
    }
  };
  const noting = (work: Promise<void>) => work.catch((error: unknown) => void failures.push(error));
  await Promise.all([deliverer(), deliverer(), deliverer(), user(), user()].map(noting));
  expect(failures.filter((failure) => !isRetryable(failure))).toEqual([]);
  expect(failures).toEqual([]);
  expect([...finished.values()].every((times) => times === 1)).toBe(true);
  for (const endpoint of await listEndpoints(it.db, 'busy')) await deleteEndpoint(it.db, endpoint);
  await takeDue(it.db);
  const left = await it.rows("select from deliveries where status = 'pending'");
  expect(left).toEqual([]);
}, 60_000);
