// Runs the fuzzer with keys required: operators, orgs and strangers send requests. fuzz.test.ts sends the larger part of
// the 500 requests of every operation, and this file the rest.

import { expect, it } from '@jest/globals';
import { expectNothingFound, HANGS_AFTER_MS, leastAsked, SEED } from './expect-nothing-found.ts';

const EACH = 50;

it(
  'with keys, a client without permission gets 401 or 403 and nothing else',
  async () => {
    const result = await expectNothingFound(SEED, 'keys', { kind: 'each-operation', count: EACH });
    const { byStatus } = result.traffic.tally;
    for (const status of [200, 202, 401, 403]) expect(byStatus.get(status) ?? 0).toBeGreaterThan(10);
    expect(leastAsked(result)).toBeGreaterThanOrEqual(EACH);
  },
  HANGS_AFTER_MS,
);
