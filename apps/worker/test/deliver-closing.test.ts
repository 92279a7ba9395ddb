// Closing a deliverer (C54): posts in flight get the grace time, then they are cut off and become due again.
// No other post starts.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ReceiverFault } from '@slotline/testkit';
import { bodiesById, DeliverStage, isAll } from './deliver-stage.ts';

const EVENTS = ['request.completed'];

let stage: DeliverStage;
beforeAll(async () => {
  stage = await DeliverStage.open();
});
afterAll(() => stage.close());

it('a post in flight that is answered in time is recorded, and the rest is not started', async () => {
  let answer = (_fault: ReceiverFault) => {};
  const answered = new Promise<ReceiverFault>((resolve) => (answer = resolve));
  let asked = 0;
  const receiver = await stage.receiver({
    faultOf: () => {
      asked += 1;
      return answered;
    },
  });
  await stage.endpoint('in-time', receiver.url, EVENTS);
  const deliverer = await stage.deliverer();
  await stage.book('in-time', 40);
  while (asked < 8) await stage.query('select');
  // The first deliveries are posted while the fan-out is still creating the others.
  while ((await stage.deliveries('in-time')).length < 40) continue;
  const closing = deliverer.close({ deadlineMs: 20_000 });
  expect(deliverer.isRunning()).toBe(false);
  answer('none');
  expect(await closing).toBe(true);
  const statuses = (await stage.deliveries('in-time')).map(({ status, attempts }) => [status, attempts]);
  expect(statuses.filter(([status]) => status === 'delivered').length).toBe(8);
  expect(statuses.filter(([status]) => status === 'pending')).toEqual(
    Array.from({ length: 32 }, () => ['pending', 0]),
  );
  expect(receiver.posts.length).toBe(8);
});

it('a post that is not answered in time is cut off, keeps its lease, and is sent again', async () => {
  const faults: ReceiverFault[] = ['hang'];
  const receiver = await stage.receiver({ faultOf: () => faults.shift() ?? 'none' });
  await stage.endpoint('cut-off', receiver.url, EVENTS);
  const deliverer = await stage.deliverer({ timeoutMs: 25_000 });
  await stage.book('cut-off');
  await receiver.until(({ length }) => length === 1);
  expect(await deliverer.close({ deadlineMs: 1_500 })).toBe(false);
  const [left] = await stage.deliveries('cut-off');
  expect(left).toMatchObject({ status: 'pending', attempts: 1, lastError: null });
  expect(left?.dueInMs).toBeGreaterThan(10_000);
  await stage.makeDue('cut-off');
  const next = await stage.deliverer();
  await stage.untilDeliveries('cut-off', isAll('delivered', 1));
  await next.close({ deadlineMs: 1_500 });
  expect([...bodiesById(receiver.posts).values()].map(({ size }) => size)).toEqual([1]);
  expect(receiver.posts.length).toBe(2);
});

it('a second close has no effect', async () => {
  const deliverer = await stage.deliverer();
  const limits = { deadlineMs: 1_500 };
  expect(await Promise.all([deliverer.close(limits), deliverer.close(limits)])).toEqual([true, true]);
});
