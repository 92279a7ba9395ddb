// The alternatives of conflicts against a brute force that tries every start.

import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { findAlternatives, type Decision } from '../src/index.ts';
import { findNaively } from './alternatives-oracle.ts';
import { holds, mailboxes, PROPERTY_RUNS } from './arbitraries.ts';
import { SCANNED_MAX } from './ledger.ts';
import { answerAll, decideAll } from './mailbox-decisions.ts';
import { decideNaively } from './oracle.ts';
import { refusedBooks } from './refused-books.ts';
import { slot } from './requests.ts';

const HOUR_MS = slot(1) - slot(0);

test.each([[1], [2], [5], [undefined]])(
  'they are the nearest free intervals, with up to %s appointments looked at in each direction',
  (scannedMax) => {
    let conflicts = 0;
    holds(refusedBooks, ({ stepMs, appointments, asked }) => {
      const mailbox = { standing: appointments, requests: [asked] };
      const found = findAlternatives(appointments, decideAll(mailbox), scannedMax).get(asked.requestId);
      const expected = findNaively(appointments, asked, { stepMs, scannedMax: scannedMax ?? 100 });
      assert.deepStrictEqual(found?.alternatives, expected);
      conflicts++;
    });
    expect(conflicts).toBeGreaterThanOrEqual(Math.max(PROPERTY_RUNS, 1_000));
  },
);

test('each conflict is answered in the calendar as it was when it was decided', () => {
  holds(mailboxes, (mailbox) => {
    const { before } = decideNaively(mailbox.standing, mailbox.requests);
    answerAll(mailbox).forEach(({ request, outcome, isRepeat }, at) => {
      if (isRepeat || request.operation !== 'book' || outcome.kind !== 'conflict') return;
      const grid = { stepMs: HOUR_MS, scannedMax: SCANNED_MAX };
      assert.deepStrictEqual(outcome.alternatives, findNaively(before[at] ?? [], request, grid));
    });
  });
});

test('only the conflicts of single books have alternatives, repeats those of the first', () => {
  holds(mailboxes, (mailbox) => {
    const first = new Map<string, Decision['outcome']>();
    for (const { request, outcome } of answerAll(mailbox)) {
      assert.deepStrictEqual(outcome, first.get(request.requestId) ?? outcome);
      first.set(request.requestId, outcome);
      if ('outcomes' in outcome) assert.ok(outcome.outcomes.every((one) => !('alternatives' in one)));
      else assert.equal('alternatives' in outcome, outcome.kind === 'conflict');
    }
  });
});
