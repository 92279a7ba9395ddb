// `pnpm test`: everything that CI runs, one part after the other, because each of them fills both cores.
//   node tools/run-tests.mjs [jest's arguments]      with arguments: jest with these alone, and no coverage
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Whole services as processes, which no count of coverage sees, and properties tried 20,000 times, which take twice as long
 * when they are counted and reach no line that the other tests do not.
 */
const UNCOVERED = ['tests/chaos/', 'tests/fuzz/fuzz(-keys|-seeds)?\\.test\\.ts', 'packages/core/test/'];

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(import.meta.resolve('jest/bin/jest')),
];

const WHOLE = {
  'what is covered': [
    ...JEST,
    '--coverage',
    `--testPathIgnorePatterns=/node_modules/|${UNCOVERED.join('|')}`,
  ],
  'what is not': [...JEST, ...UNCOVERED],
  // Its ratios of CPU are only as good as the quiet around them.
  'what it costs': ['--conditions=source', 'bench/guard/main.ts'],
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
