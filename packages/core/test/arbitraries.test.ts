// A property over worlds where nothing happens proves nothing: the generators have to reach every rule.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONFLICTS_NAMED_MAX, decide, type Decision } from '../src/index.ts';
import { mailboxes } from './arbitraries.ts';

const SAMPLES = 2_000;
const decisions = fc
  .sample(mailboxes, { numRuns: SAMPLES, seed: 1 })
  .flatMap(({ standing, requests }) => decide({ appointments: standing, decided: new Map() }, requests));

function share(isCounted: (decision: Decision) => boolean): number {
  return decisions.filter(isCounted).length / decisions.length;
}

test.each([
  ['created', 0.1],
  ['updated', 0.05],
  ['cancelled', 0.03],
  ['ignored-stale', 0.05],
  ['conflict', 0.1],
  ['not-found', 0.03],
])('mailboxes lead to %s in more than a share of %d', (kind, atLeast) => {
  expect(share(({ outcome }) => outcome.kind === kind)).toBeGreaterThan(atLeast);
});

test('mailboxes hold many repeated request ids', () => {
  expect(share(({ isRepeat }) => isRepeat)).toBeGreaterThan(0.2);
});

test('mailboxes lead to conflicts with more blockers than are named', () => {
  const isFull = ({ outcome }: Decision) =>
    outcome.kind === 'conflict' && outcome.conflictsWith.length === CONFLICTS_NAMED_MAX;
  expect(share(isFull)).toBeGreaterThan(0.02);
});

test('mailboxes change an appointment several times', () => {
  const isLaterChange = ({ outcome, written }: Decision) =>
    outcome.kind === 'updated' && written !== undefined && written.version >= 3;
  expect(share(isLaterChange)).toBeGreaterThan(0.01);
});
