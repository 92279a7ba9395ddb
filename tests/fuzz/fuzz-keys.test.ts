// Runs the fuzzer with keys required: operators, orgs and strangers send requests. In CI fuzz.test.ts sends the larger
// part of the 5,000 requests of every operation, and this file the rest.

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
  'with keys, a client without permission gets 401 or 403 and nothing else',
  async () => {
    const result = await expectNothingFound(SEED, 'keys', extentOf(EACH_IN_CI));
    const { byStatus } = result.traffic.tally;
    for (const status of [200, 202, 401, 403]) expect(byStatus.get(status) ?? 0).toBeGreaterThan(10);
    expect(leastAsked(result)).toBeGreaterThanOrEqual(IS_CI ? EACH_IN_CI : 1);
  },
  HANGS_AFTER_MS,
);
