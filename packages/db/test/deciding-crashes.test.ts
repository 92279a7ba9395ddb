// Crash points C20–C29 and C38 (docs/promises.md), on a real server.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeTestFolder, openCuttingProxy, startPostgres } from '@slotline/testkit';

import {
  isRetryable,
  migrateToLatest,
  openDecider,
  RetryableError,
  UnavailableError,
  type Decider,
} from '../src/index.ts';
import { batch, book, cancel, confirm, expire, kinds } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());

/** A promise with its resolver, to stop at a failpoint and to wait until it is reached. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

/** A failpoint that acts only the first time that the point is reached. */
function once(point: string, act: () => Promise<void> | void) {
  let isDone = false;
  return async (reached: string) => {
    if (reached !== point || isDone) return;
    isDone = true;
    await act();
  };
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function killBackends(name: string): Promise<void> {
  await it.raw.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
    name,
  ]);
}

// Crash point C20.
test('a backend killed under the lock leaves nothing, and the same call then succeeds', async () => {
  const requests = [book({ id: 'a', from: 0, to: 10 })];
  const failpoint = once('loaded', () => killBackends('victim-20'));
  const victim = it.open({ applicationName: 'victim-20', failpoint });
  const group = [{ orgId: 'c20', requests }];
  expect(await failureOf(victim.decide(group))).toBeInstanceOf(UnavailableError);
  expect(await it.rows("select from requests join orgs using (org_key) where org_id = 'c20'")).toEqual([]);
  expect((await victim.decide(group)).map(kinds)).toEqual([['created']]);
  await expectReplayed(it, 'c20', requests);
});

// Crash point C21.
test('a process stopped under the lock loses it after the session timeout, and its late write is refused', async () => {
  const reached = gate();
  const resumed = gate();
  const failpoint = once('loaded', async () => {
    reached.open();
    await resumed.opened;
  });
  const stopped = it.open({ idleInTransactionTimeoutMs: 300, applicationName: 'stopped-21', failpoint });
  const zombies = [book({ id: 'a', from: 0, to: 10 })];
  const late = failureOf(stopped.decide([{ orgId: 'c21', requests: zombies }]));
  await reached.opened;
  const hasty = it.open({ lockTimeoutMs: 50 });
  const others = [book({ id: 'b', from: 5, to: 15 })];
  const refused = await failureOf(hasty.decide([{ orgId: 'c21', requests: others }]));
  expect(refused).toMatchObject({ meaning: 'busy', sqlState: '55P03' });
  expect(isRetryable(refused)).toBe(true);
  expect((await decider.decide([{ orgId: 'c21', requests: others }])).map(kinds)).toEqual([['created']]);
  resumed.open();
  expect(await late).toBeInstanceOf(RetryableError);
  const again = await stopped.decide([{ orgId: 'c21', requests: zombies }]);
  expect(again.map(kinds)).toEqual([['conflict']]);
  await expectReplayed(it, 'c21', [...others, ...zombies]);
});

// Crash point C22.
test('a paused group that another decider decided first gets the recorded outcomes', async () => {
  const requests = [book({ id: 'a', from: 0, to: 10 }), cancel('a', 1), book({ id: 'b', from: 0, to: 10 })];
  const group = [{ orgId: 'c22', requests }];
  const reached = gate();
  const resumed = gate();
  const failpoint = once('keyed', async () => {
    reached.open();
    await resumed.opened;
  });
  const zombie = it.open({ failpoint }).decide(group);
  await reached.opened;
  const records = await decider.decide(group);
  const newer = [book({ id: 'a', from: 20, to: 30, updated: 2 })];
  await decider.decide([{ orgId: 'c22', requests: newer }]);
  resumed.open();
  expect(await zombie).toEqual(records);
  await expectReplayed(it, 'c22', [...requests, ...newer]);
});

// Crash point C24.
test('a backend killed in the middle of its writes leaves nothing', async () => {
  const requests = [book({ id: 'a', from: 0, to: 10 })];
  const holder = await it.connect();
  // Appointment and version are written before the insert into `requests` has to wait.
  await holder.query('begin; lock table requests in share mode');
  const victim = it.open({ applicationName: 'victim-24' });
  const failed = failureOf(victim.decide([{ orgId: 'c24', requests }]));
  const waiting =
    "select from pg_stat_activity where application_name = 'victim-24' and wait_event_type = 'Lock'";
  while ((await it.rows(waiting)).length === 0);
  await killBackends('victim-24');
  expect(await failed).toBeInstanceOf(UnavailableError);
  await holder.query('commit');
  expect(await it.rows("select from appointments join orgs using (org_key) where org_id = 'c24'")).toEqual(
    [],
  );
  await victim.decide([{ orgId: 'c24', requests }]);
  await expectReplayed(it, 'c24', requests);
});

const everyOperation = () => [
  book({ id: 'a', from: 0, to: 10, heldUntil: 60 }),
  book({ id: 'b', from: 10, to: 20, heldUntil: 60 }),
  confirm('a'),
  expire('b', 1),
  batch(book({ id: 'a', from: 20, to: 30, updated: 1 }), book({ id: 'c', from: 0, to: 10 })),
  batch(book({ id: 'a', from: 0, to: 10, updated: 2 }), cancel('b', 1)),
  book({ id: 'd', from: 25, to: 35 }),
  cancel('c', 1),
];
const EVERY_OUTCOME = 'created created confirmed expired applied refused conflict cancelled'.split(' ');

// Crash points C25 and C28.
test.each([
  ['a COMMIT whose reply is lost is unknown, and the next try finds its outcomes', 'reply', 1],
  ['a COMMIT that never arrived is unknown, and the next try decides', 'question', 0],
])('%s', async (_, cut, committed) => {
  const proxy = await openCuttingProxy(it.url);
  const cutNow = () => (cut === 'reply' ? proxy.cutAtAnswer('COMMIT') : proxy.cutAtQuestion());
  const behind = it.open({ url: proxy.url, failpoint: once('loaded', cutNow) });
  const requests = everyOperation();
  const group = [{ orgId: `c28-${cut}`, requests }];
  expect(await failureOf(behind.decide(group))).toBeInstanceOf(UnavailableError);
  proxy.heal();
  const written = 'select from requests join orgs using (org_key) where org_id = $1';
  expect(await it.rows(written, [`c28-${cut}`])).toHaveLength(committed * requests.length);
  expect((await behind.decide(group)).map(kinds)).toEqual([EVERY_OUTCOME]);
  await expectReplayed(it, `c28-${cut}`, requests);
  await proxy.close();
});

// Crash point C28.
test('a network that drops every answer causes a retryable failure by the deadline', async () => {
  const proxy = await openCuttingProxy(it.url);
  const behind = it.open({
    url: proxy.url,
    deadlineMs: 300,
    failpoint: once('loaded', () => proxy.swallow()),
  });
  const group = [{ orgId: 'c28-silent', requests: [book({ id: 'a', from: 0, to: 10 })] }];
  expect(await failureOf(behind.decide(group))).toBeInstanceOf(UnavailableError);
  await proxy.close();
});

// Crash points C26 and C27.
test('committed outcomes survive a killed server, and uncommitted requests are decided again', async () => {
  const dir = makeTestFolder('postgres');
  const server = await startPostgres({ dir, durable: true });
  await migrateToLatest(server.url);
  const crashing = openDecider({ url: server.url, lanes: 2, failpoint: failOn(() => server.kill()) });
  const first = [book({ id: 'a', from: 0, to: 10 })];
  const second = [book({ id: 'b', from: 5, to: 15 }), book({ id: 'b', from: 10, to: 20, updated: 1 })];
  const records = await crashing.decide([{ orgId: 'c26', requests: first }]);
  const lost = [{ orgId: 'c26', requests: second }];
  expect(await failureOf(crashing.decide(lost))).toBeInstanceOf(UnavailableError);
  expect(await failureOf(crashing.decide(lost))).toBeInstanceOf(UnavailableError);
  const restarted = await startPostgres({ dir, durable: true, port: Number(new URL(server.url).port) });
  expect(await crashing.decide([{ orgId: 'c26', requests: first }])).toEqual(records);
  expect((await crashing.decide(lost)).map(kinds)).toEqual([['conflict', 'created']]);
  await crashing.close();
  await restarted.stop();
});

/** Acts the second time that a group is loaded. */
function failOn(act: () => Promise<unknown>) {
  let loaded = 0;
  return async (point: string) => {
    if (point === 'loaded' && ++loaded === 2) await act();
  };
}

// Crash point C29.
test.each([
  [2, true],
  [3, false],
])('a transaction that loses %i races succeeds: %s', async (races, succeeds) => {
  await it.raw.query(`create sequence races_${races}`);
  await it.raw.query(`
    create function lose_${races}() returns trigger language plpgsql security definer as $$ begin
      if new.appointment_id = 'race-${races}' and nextval('races_${races}') <= ${races} then
        raise 'lost' using errcode = 'serialization_failure';
      end if;
      return new;
    end $$;
    create trigger lose_${races} before insert on requests for each row execute function lose_${races}()`);
  const group = [{ orgId: `c29-${races}`, requests: [book({ id: `race-${races}`, from: 0, to: 10 })] }];
  const failure = await failureOf(decider.decide(group));
  expect(isRetryable(failure)).toBe(!succeeds);
  expect((await decider.decide(group)).map(kinds)).toEqual([['created']]);
});

// Crash point C38.
test('a statement that exceeds its timeout fails with a retryable error and releases the lock', async () => {
  const hasty = it.open({ statementTimeoutMs: 100, lockTimeoutMs: 5_000 });
  const group = [{ orgId: 'c38', requests: [book({ id: 'a', from: 0, to: 10 })] }];
  const holder = await it.connect();
  await holder.query('begin; lock table requests in share mode');
  expect(await failureOf(hasty.decide(group))).toMatchObject({ meaning: 'busy', sqlState: '57014' });
  await holder.query('commit');
  expect((await hasty.decide(group)).map(kinds)).toEqual([['created']]);
});

test('an unreachable server is a retryable failure', async () => {
  const nowhere = it.open({ url: 'postgres://postgres@127.0.0.1:1/none' });
  const failure = await failureOf(nowhere.decide([{ orgId: 'away', requests: [cancel('a', 1)] }]));
  expect(failure).toBeInstanceOf(UnavailableError);
});
