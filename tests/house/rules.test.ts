import { describe, expect, test } from '@jest/globals';
import type { Repository } from './repository.ts';
import { report } from './rule.ts';
import { RULES } from './rules.ts';

const HEAD = '// A made-up file.\n';
/** The header of a Lua script. */
const CONTRACT = '--[[ KEYS[1] busy ARGV[1] tag. Returns a number. ]]\n';
const functionOf = (lines: number) => `export function long() {\n${'  work();\n'.repeat(lines - 2)}}\n`;
const manifest = (room: string, more: object) => JSON.stringify({ name: `@slotline/${room}`, ...more });
const decision = (status: string, more = '') =>
  `# 0007 Title\n\nDate: 2026-11-21\n\nStatus: ${status}\n\n## Context\n\n## Decision\n\n## Consequences\n${more}`;
/** Made here, so that this file does not name them itself. */
const machineFolder = ['', 'work', 'main'].join('/');
const registryHost = ['registry', 'npmjs', 'org'].join('.');

type MadeUp = [path: string, text: string];

/** For each rule, files of which each one alone breaks it. */
const BREACHES: Record<string, MadeUp[]> = {
  'every folder with sources is a room with drawn arrows': [['packages/novel/src/plot.ts', HEAD]],
  'a package imports only the packages its room may import': [
    ['packages/core/src/a.ts', `import { b } from '@slotline/db';`],
    ['packages/db/src/a.ts', `import type { B } from '@slotline/queue';`],
    ['packages/queue/src/a.ts', `import { b } from '@slotline/db';`],
    ['packages/queue/src/a.ts', `import { b } from '@slotline/core';`],
    ['packages/db/src/a.ts', `import {\n  b,\n  c,\n} from '@slotline/contract';`],
    ['packages/contract/src/a.ts', `const b = await import('@slotline/runtime');`],
    ['packages/embedded/src/a.ts', `export { b } from '@slotline/core';`],
    ['packages/testkit/src/a.ts', `import '@slotline/cli';`],
    ['apps/api/src/a.ts', `import { b } from '@slotline/worker';`],
    ['apps/worker/src/a.ts', `import { b } from '@slotline/embedded';`],
    ['apps/cli/src/a.ts', `import { b } from '@slotline/api';`],
    ['apps/api/src/a.ts', `import { b } from '@slotline/testkit';`],
  ],
  'core imports nothing, and contract, db, queue, webhook and embedded only their own trade': [
    ['packages/core/src/a.ts', `import { createHash } from 'node:crypto';`],
    ['packages/core/src/a.ts', `import { z } from 'zod';`],
    ['packages/contract/src/a.ts', `import express from 'express';`],
    ['packages/db/src/a.ts', `import { Redis } from 'ioredis';`],
    ['packages/queue/src/a.ts', `import pg from 'pg';`],
    ['packages/embedded/src/a.ts', `import pg from 'pg';`],
  ],
  'only packages/queue imports bullmq': [
    ['apps/worker/src/a.ts', `import { Worker } from 'bullmq';`],
    ['packages/testkit/src/a.ts', `import { Queue } from 'bullmq';`],
  ],
  'a relative import stays inside its package and names the file with its extension': [
    ['packages/db/src/a.ts', `import { b } from '../../core/src/decide.ts';`],
    ['packages/db/src/a.ts', `import { b } from './b';`],
  ],
  'a Lua file is valid Lua 5.1': [
    ['packages/queue/lua/a.lua', `${CONTRACT}if a then`],
    ['packages/queue/lua/includes/a.lua', 'local a = 1 // 2'],
  ],
  'a Lua file uses only what it declares, what it includes and what Redis defines': [
    ['packages/queue/lua/a.lua', `${CONTRACT}return PARTITIONS`],
    ['packages/queue/lua/a.lua', `${CONTRACT}a = 1`],
    ['packages/queue/lua/a.lua', `${CONTRACT}--- @limit PARTITIONS\nreturn 1`],
    ['packages/queue/lua/a.lua', `${CONTRACT}--- @include "nowhere"\nreturn 1`],
    ['packages/queue/lua/includes/a.lua', 'local function a() return tag end'],
    ['packages/queue/lua/includes/a.lua', 'local function a() return KEYS[1] end'],
  ],
  'a Lua file that others include only declares local functions and constants': [
    ['packages/queue/lua/includes/a.lua', `redis.call('PING')`],
    ['packages/queue/lua/includes/a.lua', `local time = redis.call('TIME')`],
    ['packages/queue/lua/includes/a.lua', 'return 1'],
  ],
  'a Lua script documents each key and argument it uses, and what it returns': [
    ['packages/queue/lua/a.lua', 'return 1'],
    ['packages/queue/lua/a.lua', '--[[ KEYS[1] busy ]]\nreturn 1'],
    ['packages/queue/lua/a.lua', `${CONTRACT}return KEYS[2]`],
    ['packages/queue/lua/a.lua', `${CONTRACT}return ARGV[2]`],
  ],
  'only main.ts touches process': [
    ['apps/api/src/a.ts', 'process.exit(1);'],
    ['apps/api/src/a.ts', `import { exit } from 'node:process';`],
    ['packages/runtime/src/a.ts', `process.on('SIGTERM', close);`],
    ['packages/embedded/src/a.ts', 'process.exit(1);'],
  ],
  'only config.ts knows the names of the environment, and only main.ts hands it over': [
    ['apps/api/src/a.ts', 'const url = env.DATABASE_URL;'],
    ['apps/api/src/main.ts', `const url = process.env['DATABASE_URL'];`],
    ['packages/embedded/src/a.ts', 'open(process.env);'],
  ],
  'only packages/db writes SQL': [
    ['apps/api/src/a.ts', 'await pool.query(`select id\n from appointments`);'],
    ['packages/queue/src/a.ts', `run('INSERT INTO requests values ($1)');`],
    ['apps/cli/src/a.ts', `run("drop table outbox");`],
    ['apps/worker/src/a.ts', `run('select pg_advisory_xact_lock($1)');`],
  ],
  'core looks at no clock, rolls no dice and starts nothing': [
    ['packages/core/src/a.ts', 'const now = Date.now();'],
    ['packages/core/src/a.ts', 'const now = new Date();'],
    ['packages/core/src/a.ts', 'const luck = Math.random();'],
    ['packages/core/src/a.ts', 'export async function decide() {}'],
  ],
  'no folder or file is called utils, helpers, common, shared, types, services, repositories, dto or mappers':
    [
      ['packages/core/src/utils.ts', HEAD],
      ['packages/db/src/types.ts', HEAD],
      ['apps/api/src/services/book.ts', HEAD],
      ['apps/api/test/helpers.ts', HEAD],
      ['tests/common/a.ts', HEAD],
    ],
  'file names are in kebab case': [
    ['packages/core/src/orgState.ts', HEAD],
    ['packages/core/src/Calendar.ts', HEAD],
  ],
  'nothing is called a Manager, an Impl, a Base or I-something': [
    ['packages/core/src/a.ts', 'export class QueueManager {}'],
    ['packages/core/src/a.ts', 'export class CalendarImpl {}'],
    ['packages/core/src/a.ts', 'export interface ICalendar {}'],
    ['packages/core/src/a.ts', 'export class BaseQueue {}'],
  ],
  'nothing is exported as default': [
    ['packages/core/src/a.ts', 'export default 1;'],
    ['packages/core/test/a.ts', 'export { a as default };'],
  ],
  'only the index.ts of a package hands on what other files export': [
    ['packages/db/src/decider/index.ts', `export * from './load.ts';`],
    ['packages/db/src/records.ts', `export {\n  a,\n} from './load.ts';`],
  ],
  'a source file opens with a comment': [
    ['packages/core/src/a.ts', 'export const a = 1;\n// A late word.\n'],
    ['packages/core/src/a.ts', '//\nexport const a = 1;\n'],
  ],
  'no source file is longer than 300 lines': [['packages/core/src/a.ts', HEAD + 'work();\n'.repeat(300)]],
  'no function is longer than 70 lines': [
    ['packages/core/src/a.ts', HEAD + functionOf(71)],
    [
      'packages/core/src/a.ts',
      HEAD + functionOf(71).replace('()', '(a: { b: string }, c = 1): Promise<void>'),
    ],
    ['packages/core/src/a.ts', HEAD + functionOf(71).replace('function long()', 'const long = () =>')],
    ['packages/core/src/a.ts', `${HEAD}class A {\n${functionOf(71).replace('export function ', 'async #')}}`],
  ],
  'the table of packages in ARCHITECTURE.md is that of tests/house/rooms.ts': [
    ['ARCHITECTURE.md', '| `packages/core` | the domain | db | none; no `node:` |'],
  ],
  'a package.json declares as dependencies only the packages its room may import, and is named after it': [
    ['packages/db/package.json', manifest('db', { dependencies: { '@slotline/queue': 'workspace:*' } })],
    ['packages/db/package.json', manifest('database', {})],
  ],
  'a version in a package.json is exact, from the catalog, or the workspace': [
    ['package.json', manifest('root', { devDependencies: { jest: '^30.0.0' } })],
    ['packages/db/package.json', manifest('db', { dependencies: { pg: 'latest' } })],
    ['packages/db/package.json', manifest('db', { optionalDependencies: { pg: '8' } })],
  ],
  'a relative link in the documentation points at a file that exists': [
    ['README.md', 'See [the design](docs/nowhere.md#top).'],
    ['docs/decisions/one.md', 'See [the next](two.md "Two").'],
  ],
  'a decision begins with its number, its date and its status, and only a later one changes it': [
    ['docs/decisions/0007-a.md', decision('proposed')],
    ['docs/decisions/0007-a.md', decision('amended by [0006](0006-b.md)')],
    ['docs/decisions/0007-a.md', decision('superseded by [0008](0009-b.md)')],
    ['docs/decisions/0007-a.md', decision('superseded by 0008')],
    ['docs/decisions/0008-a.md', decision('accepted')],
    ['docs/decisions/0007-a.md', decision('accepted').replace('Date: 2026-11-21', 'Date: today')],
    ['docs/decisions/0007-a.md', decision('accepted').replace('Date: 2026-11-21\n\n', '')],
  ],
  'a decision has the parts Context, Decision and Consequences': [
    ['docs/decisions/0007-a.md', decision('accepted', '\n## Figures\n')],
    ['docs/decisions/0007-a.md', decision('accepted').replace('## Context', '')],
  ],
  'a decision has at most 70 lines of at most 140 characters': [
    ['docs/decisions/0007-a.md', decision('accepted', 'One more.\n'.repeat(60))],
    ['docs/decisions/0007-a.md', decision('accepted', 'x'.repeat(141))],
  ],
  'a file or folder of the project that a document names exists': [
    ['docs/start.md', 'Before Express (apps/api/src/shed).'],
    ['ARCHITECTURE.md', 'One table: packages/db/src/failure.ts'],
  ],
  'no line names a folder of one machine or the host of a package registry': [
    ['docs/start.md', `cd ${machineFolder}`],
    ['docs/start.md', `see https://${registryHost}/`],
  ],
  'prose uses plain English': [
    ['packages/core/src/a.ts', '// A lease for whoever comes first.\nexport const a = 1;\n'],
    ['packages/core/src/a.ts', `${HEAD}/**\n * Is read by no\n * one.\n */\nexport const a = 1;\n`],
    ['docs/start.md', 'The worker waits in vain.'],
    ['SECURITY.md', 'Meanwhile, the request waits.'],
  ],
};

/** Files near a breach that keep every rule. */
const KEPT: MadeUp[] = [
  [
    'README.md',
    `[here](docs/) [there](docs/start.md#x) [out](https://example.org) [top](#top)\n\`\`\`\n[not](a-link)\n\`\`\`\n`,
  ],
  ['docs/decisions/0007-a.md', decision('accepted', 'x'.repeat(140))],
  ['docs/decisions/README.md', 'An index, not a decision.'],
  [
    'docs/decisions/0008-b.md',
    decision('amended by [0009](0009-c.md),\n[0010](0010-d.md)').replace('0007', '0008'),
  ],
  ['docs/decisions/0009-c.md', decision('superseded by [0010](0010-d.md)').replace('0007', '0009')],
  ['docs/decisions/0010-d.md', decision('accepted').replace('0007', '0010')],
  [
    'docs/start.md',
    'Open `/api/tmp/items`; a workflow in ./tmp/x and apps/api/dist/main.js are fine, and so is packages/db.',
  ],
  ['bench/results/0007-a.md', 'It was in apps/api/src/shed.'],
  ['CHANGELOG.md', 'Whoever holds the lease.'],
  ['bench/results/one.md', 'Nobody waits.'],
  ['packages/core/src/words.ts', `${HEAD}const whoever = 'nobody';\n// The answer is no.\n\n// One more.\n`],
  [
    'packages/db/package.json',
    manifest('db', { dependencies: { '@slotline/core': 'workspace:*', pg: 'catalog:' } }),
  ],
  ['packages/db/src/a.ts', `${HEAD}import { decide } from '@slotline/core';\nrun('select id from orgs');\n`],
  ['packages/core/src/index.ts', `${HEAD}export * from './decide.ts';\n`],
  [
    'packages/core/src/decide.ts',
    `${HEAD}import { a } from './a.ts'; // never Date.now()\nconst b = new Date(at);\n`,
  ],
  [
    'packages/core/src/a.ts',
    `/** Not a select … from. */\nconst quoted = 'process.exit() and export default';\n`,
  ],
  ['packages/core/src/identity.ts', `${HEAD}${functionOf(70)}const INSTANT_MAX = /'/.test(x);\n`],
  ['packages/queue/src/a.ts', `${HEAD}import { Queue } from 'bullmq';\nimport { Redis } from 'ioredis';\n`],
  [
    'packages/runtime/src/a.ts',
    `${HEAD}log('delete the slot, or select another from the list');\nthis.process.end();\n`,
  ],
  [
    'packages/queue/lua/includes/mailbox.lua',
    '-- Shared.\n--- @limit MAX\nlocal first\nlocal function field(entry) return MAX + entry.n end\n',
  ],
  [
    'packages/queue/lua/find.lua',
    `${CONTRACT}--- @include "mailbox"\nreturn field({ n = redis.call('GET', KEYS[1], ARGV[1]) })\n`,
  ],
  ['packages/runtime/src/metrics.ts', `${HEAD}export { Counter } from 'prom-client';\n`],
  ['packages/embedded/src/a.ts', `${HEAD}spawn(name, { env: { ...process.env, ...more } });\n`],
  ['apps/api/src/config.ts', `${HEAD}const url = env.DATABASE_URL;\n`],
  ['apps/api/src/main.ts', `#!/usr/bin/env node\n${HEAD}start(process.env, process.argv);\n`],
  [
    'apps/api/test/a.ts',
    `import { startPostgres } from '@slotline/embedded';\nprocess.env['CI'] = 'insert into a ';\n`,
  ],
];

const rule = (name: string) => RULES.filter((one) => one.name === name);
const repository = (...files: MadeUp[]): Repository => new Map(files);

describe('a rule of the house', () => {
  test('that nothing has ever broken is not trusted: each has a breach here', () => {
    const circles = ['files', 'folders'].map(
      (what) => `${what} of a package do not import each other in a circle`,
    );
    expect([...Object.keys(BREACHES), ...circles].sort()).toEqual(RULES.map(({ name }) => name).sort());
  });

  test.each(
    Object.entries(BREACHES).flatMap(([name, files]) =>
      files.map(([path, text]) => [name, path, text] as const),
    ),
  )('"%s" sees the breach in %s: %j', (name, path, text) => {
    const [found, ...others] = rule(name).flatMap((one) => report(one, repository([path, text])));
    expect(found).toContain(`${name}, because `);
    expect(found).toContain(path.startsWith('packages/novel') ? 'packages/novel' : path);
    expect(others).toEqual([]);
  });

  test('sees a circle once, with every file on the way', () => {
    const found = rule('files of a package do not import each other in a circle').flatMap((one) =>
      one.findBreaches(
        repository(
          ['packages/db/src/a.ts', `import { b } from './b.ts';`],
          ['packages/db/src/b.ts', `import type { C } from './deep/c.ts';`],
          ['packages/db/src/deep/c.ts', `export const a = await import('../a.ts');`],
          ['packages/db/src/d.ts', `import { a } from './a.ts';`],
        ),
      ),
    );
    expect(found).toEqual([
      'packages/db/src/a.ts → packages/db/src/b.ts → packages/db/src/deep/c.ts → packages/db/src/a.ts',
    ]);
  });

  test('sees a circle of folders, and leaves out the root of the package', () => {
    const found = rule('folders of a package do not import each other in a circle').flatMap((one) =>
      one.findBreaches(
        repository(
          ['packages/db/src/index.ts', `export { a } from './a/one.ts';`],
          ['packages/db/src/a/one.ts', `import { b } from '../b/one.ts';\nimport { i } from '../index.ts';`],
          ['packages/db/src/b/one.ts', `import type { Own } from './two.ts';`],
          ['packages/db/src/b/two.ts', `import type { A } from '../a/deep/two.ts';`],
        ),
      ),
    );
    expect(found).toEqual(['packages/db/src/a → packages/db/src/b → packages/db/src/a']);
  });

  test.each(RULES.map((one) => [one.name, one] as const))(
    '"%s" is quiet about what only looks like it',
    (_, one) => {
      expect(one.findBreaches(repository(...KEPT))).toEqual([]);
    },
  );
});
