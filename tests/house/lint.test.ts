import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REPOSITORY_DIR } from './repository.ts';

// The linter reports the same arrows in the editor; this test proves that its patterns still match.
const BREACHES = [
  ['packages/core/src/node.ts', `import fs from 'node:fs';`, 'core imports nothing'],
  ['packages/core/src/zod.ts', `import { z } from 'zod';`, 'core imports nothing'],
  ['packages/contract/src/db.ts', `import { z } from '@slotline/db';`, 'contract describes'],
  ['packages/db/src/queue.ts', `import { z } from '@slotline/queue';`, 'db imports only core'],
  ['packages/queue/src/core.ts', `import { z } from '@slotline/core';`, 'queue knows no appointment'],
  [
    'packages/runtime/src/core.ts',
    `import { z } from '@slotline/core';`,
    'runtime is what any service needs',
  ],
  ['packages/embedded/src/pg.ts', `import { z } from 'pg';`, 'embedded starts servers'],
  ['apps/api/src/worker.ts', `import { z } from '@slotline/worker';`, 'apps never import each other'],
  ['apps/worker/src/bullmq.ts', `import { z } from 'bullmq';`, 'Only packages/queue names BullMQ'],
  ['apps/cli/src/api.ts', `import { z } from '@slotline/api';`, 'Apps are the last room'],
  ['apps/cli/src/testkit.ts', `import { z } from '@slotline/testkit';`, 'packages/testkit is for tests'],
  ['apps/api/src/default.ts', 'export default 1;', 'Prefer named exports'],
  ['apps/api/src/any.ts', 'export const a: any = 1;', 'Unexpected `any`'],
  ['apps/api/src/long.ts', 'work();\n'.repeat(301), 'too many lines'],
  ['apps/api/src/deep.ts', `export function f() {\n${'work();\n'.repeat(70)}}`, 'too many lines'],
] as const;

const KEPT: [file: string, text: string][] = [
  ['packages/contract/src/kept.ts', `export { decide } from '@slotline/core';\nexport { z } from 'zod';`],
  [
    'packages/embedded/src/kept.ts',
    `export { readFile } from 'node:fs';\nexport { a } from './kept-too.ts';`,
  ],
  ['packages/queue/src/kept.ts', `export { Queue } from 'bullmq';`],
  ['packages/core/src/kept.test.ts', `export { readFile } from 'node:fs';`],
];

let folder = '';
let told: Map<string, string>;

interface Diagnostic {
  readonly filename: string;
  readonly message: string;
  readonly help?: string;
}

/** What the linter says of each file, by path. */
function lint(): Map<string, string> {
  const oxlint = path.join(REPOSITORY_DIR, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format=json'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return new Map(diagnostics.map(({ filename, message, help }) => [filename, `${message} ${help ?? ''}`]));
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slotline-lint-'));
  copyFileSync(path.join(REPOSITORY_DIR, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
  for (const [file, text] of [...BREACHES, ...KEPT]) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  told = lint();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the linter', () => {
  test.each(BREACHES)('sees the breach in %s and gives the reason', (file, _, reason) => {
    expect(told.get(file)).toContain(reason);
  });

  test.each(KEPT)('is quiet about %s', (file, _) => {
    expect(told.get(file)).toBeUndefined();
  });
});
