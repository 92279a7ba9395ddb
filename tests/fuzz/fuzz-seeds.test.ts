// The seeds that found something once, so that every run of the tests looks there again.

import { readFileSync } from 'node:fs';
import { it } from '@jest/globals';
import type { Auth } from './askers.ts';
import { expectNothingFound, HANGS_AFTER_MS } from './expect-nothing-found.ts';

const KEPT = readFileSync(new URL('seeds.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' '))
  .map(([seed, auth, ...words]) => [Number(seed), auth as Auth, words.join(' ')] as const);

it.each(KEPT)(
  'seed %i with AUTH=%s does not find again: %s',
  async (seed, auth) => {
    await expectNothingFound(seed, auth, { kind: 'requests', count: 2_000 });
  },
  HANGS_AFTER_MS,
);
