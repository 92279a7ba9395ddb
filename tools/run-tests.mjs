// `pnpm test`: everything that CI runs, one part after the other, because each of them fills both cores.
//   node tools/run-tests.mjs [jest's arguments]      with arguments: jest with these alone, and no coverage
import { spawnSync } from 'node:child_process';

/** Whole services as processes that are killed, or asked a quarter of a million times. What they run is covered by nobody's count. */
const PROCESSES = ['tests/chaos/', 'tests/fuzz/fuzz(-keys|-seeds)?\\.test\\.ts'];

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];

const WHOLE = {
  'units and system': [
    ...JEST,
    '--coverage',
    `--testPathIgnorePatterns=/node_modules/|${PROCESSES.join('|')}`,
  ],
  // They wait for each other's machines and for faults: one more at a time than there are cores.
  processes: [...JEST, '--maxWorkers=3', ...PROCESSES],
};

function run(name, args) {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  console.log(`\n${name}: ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  return status ?? 1;
}

const own = process.argv.slice(2);
const parts = own.length > 0 ? { tests: [...JEST, ...own] } : WHOLE;
// A part that fails does not hide what the next one has to say.
const failed = Object.entries(parts).filter(([name, args]) => run(name, args) !== 0);
process.exitCode = failed.length === 0 ? 0 : 1;
