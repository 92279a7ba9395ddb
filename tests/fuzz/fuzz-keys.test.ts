// The fuzzer where keys are asked for: operators, orgs and strangers ask. In CI its requests are the rest of the 5,000 of
// every operation whose larger part is sent by fuzz.test.ts.

import { expect, it } from '@jest/globals';
import {
  expectNothingFound,
  extentOf,
  HANGS_AFTER_MS,
  IS_CI,
  leastAsked,
  SEED,
} from './expect-nothing-found.ts';

const EACH_IN_CI = 500;

it(
  'with keys, who may not ask is told so and nothing else',
  async () => {
    const result = await expectNothingFound(SEED, 'keys', extentOf(EACH_IN_CI));
    const { byStatus } = result.traffic.tally;
    for (const status of [200, 202, 401, 403]) expect(byStatus.get(status) ?? 0).toBeGreaterThan(10);
    expect(leastAsked(result)).toBeGreaterThanOrEqual(IS_CI ? EACH_IN_CI : 1);
  },
  HANGS_AFTER_MS,
);
