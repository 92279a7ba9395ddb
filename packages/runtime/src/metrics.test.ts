import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { createRegistry } from './metrics.ts';

test('a loop that is in time has no lag, however seldom it is looked at', async () => {
  const registry = createRegistry('test');
  await sleep(1_500);
  const text = await registry.metrics();
  const lag = Number(/^nodejs_eventloop_lag_min_seconds\{.*\} (\S+)$/m.exec(text)?.[1]);
  expect(lag).toBeGreaterThanOrEqual(0);
  expect(lag).toBeLessThan(0.05);
});
