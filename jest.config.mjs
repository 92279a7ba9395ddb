/** Tests without a store: beside the sources, of the pure core, and of the house rules. */
const PURE = ['{apps,packages}/*/src/**', 'packages/core/test/**', 'tests/house/**'].map(
  (folder) => `${import.meta.dirname}/${folder}`,
);

const shared = {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/packages', '<rootDir>/tests', '<rootDir>/bench'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  transform: { '\\.ts$': '<rootDir>/tools/jest-strip-types.mjs' },
};

/** Jest starts the stores only for a run that has tests of the second project. */
const projects = [
  { ...shared, testMatch: PURE.map((folder) => `${folder}/*.test.ts`) },
  {
    ...shared,
    testMatch: ['**/*.test.ts', ...PURE.map((folder) => `!${folder}`)],
    globalSetup: '<rootDir>/tools/jest-global-setup.mjs',
    globalTeardown: '<rootDir>/tools/jest-global-teardown.mjs',
  },
];

export default {
  projects,
  reporters: ['default', '<rootDir>/tools/jest-closing-line.mjs'],
  // Only what hangs takes so long: a test that waits for a fact must not fail for a slow machine.
  testTimeout: 120_000,
  maxWorkers: 2,
  // Jest lets go of no module that it ever loaded, and the coverage of every suite is counted over all of them: a worker that
  // is never begun anew takes ten seconds for a suite of one.
  workerIdleMemoryLimit: '300MB',
  testSequencer: '<rootDir>/tools/jest-longest-first.mjs',
  coverageProvider: 'v8',
  coverageDirectory: '.cache/coverage',
  coverageReporters: ['text-summary', 'html', 'json-summary'],
  collectCoverageFrom: ['{apps,packages}/*/src/**/*.ts', '!**/*.test.ts', '!**/main.ts'],
  coverageThreshold: { global: { lines: 85 }, './packages/core/src/': { lines: 95 } },
};
