// The tests beside the sources, which need no store, in bare Node: most of Jest's time for these small files goes into a
// fresh VM context with freshly loaded modules for each. `pnpm test` still runs every file isolated from the others.
export default {
  rootDir: '..',
  runner: 'jest-light-runner',
  roots: ['<rootDir>/apps', '<rootDir>/packages'],
  testMatch: ['**/src/**/*.test.ts'],
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  setupFilesAfterEnv: ['<rootDir>/tools/jest-bare-node.mjs'],
  reporters: ['default', '<rootDir>/tools/jest-closing-line.mjs'],
  testSequencer: '<rootDir>/tools/jest-longest-first.mjs',
  maxWorkers: 2,
};
