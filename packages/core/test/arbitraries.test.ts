// A property over worlds where nothing happens proves nothing: the generators have to reach every rule.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONFLICTS_NAMED_MAX, findAlternatives, type Decision } from '../src/index.ts';
import { mailboxes } from './arbitraries.ts';
import { SCANNED_MAX } from './ledger.ts';
import { answerAll } from './mailbox-decisions.ts';
import { refusedBooks } from './refused-books.ts';

const SAMPLES = 2_000;
const answered = fc.sample(mailboxes, { numRuns: SAMPLES, seed: 1 }).map((mailbox) => ({
  mailbox,
  decisions: answerAll(mailbox),
}));
const decisions = answered.flatMap((one) => one.decisions);

function share(isCounted: (decision: Decision) => boolean): number {
  return decisions.filter(isCounted).length / decisions.length;
}

test.each([
  ['created', 0.1],
  ['updated', 0.03],
  ['cancelled', 0.03],
  ['confirmed', 0.005],
  ['expired', 0.002],
  ['ignored-stale', 0.05],
  ['conflict', 0.1],
  ['not-found', 0.03],
  ['not-held', 0.005],
  ['applied', 0.02],
  ['refused', 0.05],
])('mailboxes lead to %s in more than a share of %d', (kind, atLeast) => {
  expect(share(({ outcome }) => outcome.kind === kind)).toBeGreaterThan(atLeast);
});

test.each([
  ['created', 0.03],
  ['updated', 0.01],
  ['cancelled', 0.005],
  ['confirmed', 0.001],
  ['ignored-stale', 0.01],
  ['conflict', 0.03],
  ['not-found', 0.01],
  ['not-held', 0.001],
  ['not-applied', 0.03],
])('the wishes of batches come to %s in more than a share of %d', (kind, atLeast) => {
  const isOfOne = ({ outcome }: Decision) =>
    'outcomes' in outcome && outcome.outcomes.some((one) => one.kind === kind);
  expect(share(isOfOne)).toBeGreaterThan(atLeast);
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
  expect(share(({ written }) => written.some(({ version }) => version >= 3))).toBeGreaterThan(0.01);
});

test('mailboxes lead to batches that move several appointments at once', () => {
  const isMove = ({ outcome, written }: Decision) =>
    outcome.kind === 'applied' && written.filter(({ version }) => version > 1).length >= 2;
  expect(share(isMove)).toBeGreaterThan(0.005);
});

test.each([
  ['both alternatives', true, true],
  ['one before', true, false],
  ['one after', false, true],
  ['none', false, false],
])('conflicts of mailboxes have %s', (_, isBefore, isAfter) => {
  const isSuch = ({ outcome }: Decision) =>
    outcome.kind === 'conflict' &&
    outcome.alternatives !== undefined &&
    'before' in outcome.alternatives === isBefore &&
    'after' in outcome.alternatives === isAfter;
  expect(share(isSuch)).toBeGreaterThan(0.002);
});

test('searches for alternatives are given up, and are not', () => {
  const isGivenUp = answered.flatMap(({ mailbox, decisions }) =>
    [...findAlternatives(mailbox.standing, decisions, SCANNED_MAX).values()].map((found) => found.isGivenUp),
  );
  const givenUp = isGivenUp.filter(Boolean).length / isGivenUp.length;
  expect(givenUp).toBeGreaterThan(0.1);
  expect(givenUp).toBeLessThan(0.9);
});

test('random calendars have refused books of appointments that stand on them', () => {
  const samples = fc.sample(refusedBooks, { numRuns: SAMPLES, seed: 1 });
  const moves = samples.filter(({ appointments, asked }) =>
    appointments.some(({ id }) => id === asked.appointmentId),
  );
  expect(moves.length / SAMPLES).toBeGreaterThan(0.1);
});
