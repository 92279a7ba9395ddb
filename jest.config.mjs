export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/packages', '<rootDir>/tests', '<rootDir>/bench'],
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  globalSetup: '<rootDir>/tools/jest-global-setup.mjs',
  globalTeardown: '<rootDir>/tools/jest-global-teardown.mjs',
  transform: { '\\.ts$': '<rootDir>/tools/jest-strip-types.mjs' },
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
