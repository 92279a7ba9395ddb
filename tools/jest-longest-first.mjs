// Starts the longest suites first, so that none of them is left to run alone beside an idle core. Jest would order them by
// how long they took the last time, which a clean clone does not know, or by the size of their files, which says little.
const LONGEST = [
  'tests/fuzz/fuzz.test.ts',
  'tests/chaos/import-under-faults.test.ts',
  'tests/chaos/webhooks-under-faults.test.ts',
  'tests/chaos/reading-the-import.test.ts',
  'tests/fuzz/fuzz-keys.test.ts',
  'packages/core/test/decide.property.test.ts',
  'packages/core/test/',
  'tests/fuzz/fuzz-seeds.test.ts',
  'apps/cli/test/',
  'tests/system/admission.test.ts',
  'packages/queue/test/outages.test.ts',
  'packages/queue/test/',
  'bench/test/',
  'tests/system/',
  'tests/security/',
  '/test/',
  'apps/api/src/admission/loop-delay.test.ts',
  'packages/runtime/src/metrics.test.ts',
  'packages/core/src/instant.test.ts',
];

/** Its position in the list: files later in the list take less time. */
function rankOf({ path }) {
  const rank = LONGEST.findIndex((part) => path.includes(part));
  return rank === -1 ? LONGEST.length : rank;
}

export default class LongestFirst {
  sort(tests) {
    return tests.toSorted((one, other) => rankOf(one) - rankOf(other) || (one.path < other.path ? -1 : 1));
  }

  /** Jest keeps failures and times here between runs: every run is the same. */
  cacheResults() {}

  allFailedTests(tests) {
    return tests;
  }
}
