// Properties of holds, their ends, and atomic batches, whatever else is in the mailbox.

import assert from 'node:assert/strict';
import { test } from '@jest/globals';
import fc from 'fast-check';
import { decide, type Appointment, type Decision, type Request, type Wish } from '../src/index.ts';
import { holds, mailboxes, type Mailbox } from './arbitraries.ts';
import { batch } from './requests.ts';
import { current, decideAll } from './mailbox-decisions.ts';

/** Calls back for every decision that is not a repeat, with the state before it. */
function eachDecision(
  mailbox: Mailbox,
  look: (decision: Decision, before: ReadonlyMap<string, Appointment>) => void,
): void {
  const latest = current(mailbox.standing);
  for (const decision of decideAll(mailbox)) {
    if (!decision.isRepeat) look(decision, latest);
    for (const version of decision.written) latest.set(version.id, version);
  }
}

function decideOne(before: ReadonlyMap<string, Appointment>, request: Request): Decision {
  const [decision] = decide({ appointments: before.values(), decided: new Map() }, [request]);
  assert.ok(decision !== undefined);
  return decision;
}

test('an appointment has an end of its hold exactly while it is held', () => {
  holds(mailboxes, (mailbox) => {
    for (const { written } of decideAll(mailbox)) {
      for (const { status, heldUntil } of written) assert.equal(heldUntil !== null, status === 'held');
    }
  });
});

test('a confirmation and an expiry end a hold and change nothing else', () => {
  holds(mailboxes, (mailbox) => {
    eachDecision(mailbox, ({ request, written }, before) => {
      if (request.operation !== 'confirm' && request.operation !== 'expire') return;
      for (const version of written) {
        const held: Appointment | undefined = before.get(version.id);
        assert.ok(held?.status === 'held');
        const ended: Partial<Appointment> = {
          status: request.operation === 'confirm' ? 'booked' : 'expired',
          heldUntil: null,
        };
        assert.deepStrictEqual(version, { ...held, ...ended, version: held.version + 1 });
      }
    });
  });
});

test('a confirmation or an expiry that comes twice changes nothing the second time', () => {
  holds(mailboxes, (mailbox) => {
    eachDecision(mailbox, ({ request, written }, before) => {
      if ((request.operation !== 'confirm' && request.operation !== 'expire') || written.length === 0) return;
      const after = new Map([...before, ...current(written)]);
      assert.equal(decideOne(after, { ...request, requestId: 'again' }).outcome.kind, 'ignored-stale');
    });
  });
});

test('a batch is granted whole, or refused for a wish that cannot be granted', () => {
  holds(mailboxes, (mailbox) => {
    eachDecision(mailbox, ({ request, outcome, written }) => {
      if (request.operation !== 'batch') return;
      assert.ok(outcome.kind === 'applied' || outcome.kind === 'refused');
      assert.deepStrictEqual(
        outcome.outcomes.map(({ appointmentId }) => appointmentId),
        request.wishes.map(({ appointmentId }) => appointmentId),
      );
      assert.equal(written.length, outcome.kind === 'applied' ? request.wishes.length : 0);
      const wasRefused = outcome.outcomes.some(({ kind }) =>
        ['ignored-stale', 'not-found', 'not-held', 'conflict'].includes(kind),
      );
      assert.equal(outcome.kind === 'refused', wasRefused);
    });
  });
});

test('a batch of one is decided like its wish alone', () => {
  holds(mailboxes, (mailbox) => {
    eachDecision(mailbox, (decision, before) => {
      const { request, outcome, written } = decision;
      if (request.operation === 'batch' || request.operation === 'expire') return;
      const together = decideOne(before, batch(request));
      assert.deepStrictEqual(together.written, written);
      assert.ok(together.outcome.kind === 'applied' || together.outcome.kind === 'refused');
      const { appointmentId } = request;
      assert.deepStrictEqual(together.outcome.outcomes, [{ ...outcome, appointmentId }]);
    });
  });
});

test('the order of its wishes means nothing to a batch', () => {
  holds(fc.tuple(mailboxes, fc.infiniteStream(fc.nat(99))), ([mailbox, dice]) => {
    eachDecision(mailbox, ({ request, outcome }, before) => {
      if (request.operation !== 'batch' || !('outcomes' in outcome)) return;
      const order = request.wishes
        .map((wish, at) => ({ wish, at, rank: Number(dice.next().value) }))
        .sort((a, b) => a.rank - b.rank);
      const shuffled: Wish[] = order.map(({ wish }) => wish);
      const again = decideOne(before, { ...request, wishes: shuffled });
      assert.ok('outcomes' in again.outcome);
      const expected = order.map(({ at }) => outcome.outcomes[at]);
      assert.deepStrictEqual([again.outcome.kind, again.outcome.outcomes], [outcome.kind, expected]);
    });
  });
});
