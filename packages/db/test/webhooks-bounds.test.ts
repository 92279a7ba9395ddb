// A fan-out step is bounded by what it writes and not only by what it reads, because a batch makes hundreds of
// deliveries. The next steps make what did not fit: everything, once, for every endpoint.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import type { AcceptedRequest, DecidedFact, Decider, EndpointRecord, FanOutStep } from '../src/index.ts';
import { batch, book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import { addEndpoint, fanOut, fanOutToCallbacks, toDeliveries, untilDone } from './test-endpoints.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());
beforeEach(() => it.raw.query('truncate deliveries, endpoints, outbox'));

const callbackUrl = 'https://example.com/';

function booking(id: string) {
  return book({ id, from: 0, to: 10, resource: id });
}

/** A batch with `count` bookings. */
function bookings(name: string, count: number) {
  return batch(...Array.from({ length: count }, (_, at) => booking(`${name}-${at}`)));
}

async function decide(orgId: string, ...requests: readonly AcceptedRequest[]): Promise<void> {
  await decider.decide([{ orgId, requests }]);
}

async function addEndpoints(orgId: string, count: number): Promise<readonly EndpointRecord[]> {
  const made: EndpointRecord[] = [];
  while (made.length < count) made.push(await addEndpoint(it.db, orgId));
  return made;
}

/** Runs steps until one reports that no work is left; returns all of them. */
async function stepsOf(step: () => Promise<FanOutStep>): Promise<readonly FanOutStep[]> {
  const steps: FanOutStep[] = [];
  do steps.push(await step());
  while (steps.at(-1)?.isMore);
  return steps;
}

/** Counts of the decisions, versions and deliveries of an endpoint. */
async function toldOf({ endpointId }: { endpointId: string }) {
  const [told] = await it.rows<{ decisions: number; versions: number; times: number }>(
    `select count(distinct request_id)::int as decisions, count(distinct sequence)::int as versions,
       count(*)::int as times from deliveries where endpoint_id = $1`,
    [endpointId],
  );
  return told;
}

test('a batch of 200 for more endpoints than one step can serve is delivered to each completely and once', async () => {
  const endpoints = await addEndpoints('large', 12);
  await decide('large', bookings('a', 200));
  const steps = await stepsOf(() => fanOut(it.db));
  // All deliveries of a batch to an endpoint are made in one step.
  expect(steps.map(({ created }) => created).filter((created) => created > 0)).toEqual([9 * 201, 3 * 201]);
  for (const endpoint of endpoints) {
    expect(await toldOf(endpoint)).toEqual({ decisions: 1, versions: 200, times: 201 });
  }
});

test.each([
  ['deliveries', { deliveriesMax: 120 }],
  ['characters', { charsMax: 5_000 }],
])(
  'a backlog is delivered in steps limited by %s, and no endpoint waits for another',
  async (unit, limits) => {
    const orgId = `backlog-${unit}`;
    const endpoints = await addEndpoints(orgId, 3);
    await decide(orgId, ...['a', 'b', 'c', 'd'].map((name) => bookings(name, 50)), booking('e'));
    const first = [];
    for (const _ of endpoints) first.push(await fanOut(it.db, limits));
    for (const { created, isMore } of first) {
      expect(isMore).toBe(true);
      expect(created).toBeGreaterThan(0);
      expect(created).toBeLessThanOrEqual(120);
    }
    for (const endpoint of endpoints) expect(await toldOf(endpoint)).not.toMatchObject({ times: 0 });
    const rest = await untilDone(() => fanOut(it.db, limits));
    expect(rest + first.reduce((sum, { created }) => sum + created, 0)).toBe(3 * (4 * 51 + 2));
    for (const endpoint of endpoints) {
      expect(await toldOf(endpoint)).toEqual({ decisions: 5, versions: 201, times: 206 });
    }
  },
);

test('a single decision that exceeds every limit is delivered in a step of its own', async () => {
  const [endpoint] = await addEndpoints('alone', 1);
  await decide('alone', bookings('a', 30), bookings('b', 30));
  const steps = await stepsOf(() => fanOut(it.db, { deliveriesMax: 1, charsMax: 1 }));
  expect(steps.map(({ created }) => created).filter((created) => created > 0)).toEqual([31, 31]);
  expect(endpoint && (await toldOf(endpoint))).toMatchObject({ versions: 60, times: 62 });
});

test('decisions with large details are read a few at a time', async () => {
  const [endpoint] = await addEndpoints('wordy', 1);
  await decide('wordy', booking('a'));
  const refused = Array.from({ length: 6 }, (_, at) =>
    book({ id: `b${at}`, from: 0, to: 10, resource: 'a' }),
  );
  await decide('wordy', ...refused);
  const read: number[] = [];
  const brief: typeof toDeliveries = (to, { request, versions }) =>
    toDeliveries(to, { request, versions }).map((delivery) => ({ ...delivery, body: '' }));
  const [row] = await it.rows<{ chars: number }>(
    'select max(octet_length(outcome_detail::text)) as chars from requests where outcome = $1',
    ['conflict'],
  );
  const chars = row?.chars ?? 0;
  await untilDone(async () => {
    const step = await fanOut(it.db, { charsMax: chars, toDeliveries: brief });
    read.push(step.created);
    return step;
  });
  // Reading ends after the decision that reaches the limit, and the second one exceeds it.
  expect(read).toEqual([2 + 2, 2, 2]);
  expect(endpoint && (await toldOf(endpoint))).toMatchObject({ decisions: 7, versions: 1, times: 8 });
});

test('an endpoint whose deliveries cannot be made does not use up the steps of the others', async () => {
  const endpoints = await addEndpoints('odd', 3);
  const odd = endpoints.map(({ endpointId }) => endpointId).toSorted()[0];
  await decide('odd', bookings('a', 50), bookings('b', 50));
  const limits = { deliveriesMax: 60 };
  const tell: typeof toDeliveries = (to, fact) => {
    if (to.endpointId === odd) throw new Error('cannot be delivered');
    return toDeliveries(to, fact);
  };
  const step = () => fanOut(it.db, { ...limits, toDeliveries: tell });
  for (let n = 0; n < 9; n++) await step().catch(() => undefined);
  for (const endpoint of endpoints) {
    expect(await toldOf(endpoint)).toMatchObject({ times: endpoint.endpointId === odd ? 0 : 102 });
  }
});

test('facts are complete, without duplicate versions, when endpoints of one org have different cursors', async () => {
  await addEndpoint(it.db, 'apart');
  await decide('apart', booking('a'));
  await addEndpoint(it.db, 'apart');
  await decide('apart', booking('b'), bookings('c', 3));
  const facts: DecidedFact[] = [];
  await fanOut(it.db, { toDeliveries: (_, fact) => (facts.push(fact), []) });
  const ids = facts.map(({ versions }) => versions.map(({ id }) => id).join(' '));
  expect(ids.toSorted()).toEqual(['a', 'b', 'b', 'c-0 c-1 c-2', 'c-0 c-1 c-2']);
});

test.each([
  ['versions', { versionsMax: 100, charsMax: 1_000_000 }, [3, 1, 1]],
  ['characters', { versionsMax: 2_000, charsMax: 1 }, [2, 1, 1, 1]],
])('callbacks are delivered in steps limited by %s', async (unit, limits, expected) => {
  const orgId = `calls-${unit}`;
  const requests = [booking('a'), ...['b', 'c', 'd'].map((name) => bookings(name, 49)), bookings('e', 150)];
  await decide(orgId, ...requests.map((request) => ({ ...request, callbackUrl })));
  const steps = await stepsOf(() => fanOutToCallbacks(it.db, limits));
  expect(steps.map(({ created }) => created).filter((created) => created > 0)).toEqual(expected);
  expect(await it.rows('select from outbox')).toEqual([]);
  expect(await it.rows('select from deliveries')).toHaveLength(5);
});

test('an outbox row whose request is missing stays, and later callbacks are delivered', async () => {
  await decide('calls-gone', { ...booking('a'), callbackUrl }, { ...booking('b'), callbackUrl });
  await it.raw.query(
    `update outbox set request_id = gen_random_uuid() where outbox_key = (select min(outbox_key) from outbox)`,
  );
  await expect(fanOutToCallbacks(it.db)).rejects.toThrow('of an outbox row is not decided');
  expect(await it.rows('select from outbox')).toHaveLength(1);
  expect(await it.rows('select from deliveries')).toHaveLength(1);
});

test('an org with many endpoints and large batches leaves room in a step for other orgs', async () => {
  await addEndpoints('much', 50);
  const little = await addEndpoint(it.db, 'little');
  await decide('much', ...Array.from({ length: 10 }, (_, at) => bookings(`much-${at}`, 200)));
  await decide('little', booking('little'));
  for (const _ of [1, 2]) await fanOut(it.db, { endpointsMax: 16, decisionsMax: 25 });
  expect(await toldOf(little)).toMatchObject({ decisions: 1, versions: 1 });
});

test('the endpoints of one org take turns while other orgs are served', async () => {
  const endpoints = await addEndpoints('turns', 20);
  await addEndpoint(it.db, 'beside');
  await decide('turns', ...Array.from({ length: 3 }, (_, at) => bookings(`turns-${at}`, 100)));
  await decide('beside', booking('beside'));
  for (let count = 0; count < 8; count++) await fanOut(it.db, { endpointsMax: 4, decisionsMax: 1 });
  const told = await Promise.all(endpoints.map(toldOf));
  expect(told.every((one) => (one?.decisions ?? 0) >= 1)).toBe(true);
});
