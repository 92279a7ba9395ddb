// Properties of every list of requests, whatever its order, duplicates and collisions.

import assert from 'node:assert/strict';
import { describe, test } from '@jest/globals';
import {
  isLive,
  overlaps,
  wishesOf,
  type Appointment,
  type Blocker,
  type BookRequest,
  type Expire,
  type Outcome,
  type Request,
  type Wish,
} from '../src/index.ts';
import { anyRequests } from './any-requests.ts';
import {
  harmlessChanges,
  type Change,
  holds,
  mailboxes,
  splitMailboxes,
  type Mailbox,
} from './arbitraries.ts';
import { Ledger } from './ledger.ts';
import { answerAll, current, decideAll, outcomesOf, sortedById, versionsAfter } from './mailbox-decisions.ts';
import { decideNaively } from './oracle.ts';
import { book, cancel, moment } from './requests.ts';

function copyOf(mailbox: Mailbox): Mailbox {
  return JSON.parse(JSON.stringify(mailbox)) as Mailbox;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

type Granted = Extract<Outcome, { kind: 'created' | 'updated' | 'cancelled' | 'confirmed' | 'expired' }>;

/** The outcomes that created a version each, in order. */
function grantedIn(outcome: Outcome): readonly Granted[] {
  const all = outcome.kind === 'applied' ? outcome.outcomes : [outcome];
  return all.filter((one): one is Granted => CHANGES.includes(one.kind));
}

const CHANGES: readonly string[] = ['created', 'updated', 'cancelled', 'confirmed', 'expired'];

/** The current version leaves the request nothing to do. */
function assertPointless(request: Wish | Expire, standing: Appointment | undefined, outcome: Outcome): void {
  assert.ok(standing !== undefined && 'version' in outcome);
  assert.equal(standing.version, outcome.version);
  if (request.operation === 'confirm') {
    const isOver = standing.status === 'cancelled' || standing.status === 'expired';
    assert.ok(outcome.kind === 'not-held' ? isOver : standing.status === 'booked');
  } else if (request.operation === 'expire') {
    assert.ok(standing.status !== 'held' || standing.version !== request.version);
  } else {
    assert.ok(standing.updatedAt >= request.updatedAt);
  }
}

function assertInTheWay(book: BookRequest, witness: Appointment | undefined, named: Blocker): void {
  assert.ok(witness !== undefined && isLive(witness) && overlaps(witness, book));
  assert.equal(witness.resourceId, book.resourceId);
  assert.notEqual(witness.id, book.appointmentId);
  const { id, start, end, version } = witness;
  assert.deepStrictEqual({ id, start, end, version }, named);
}

function assertAlone(version: Appointment, standing: Iterable<Appointment>): void {
  for (const other of standing) {
    if (other === version || !isLive(other) || other.resourceId !== version.resourceId) continue;
    assert.ok(!overlaps(version, other), `${version.id} overlaps ${other.id}`);
  }
}

describe('for every mailbox', () => {
  test('no two live appointments of a resource overlap, at any step', () => {
    holds(mailboxes, (mailbox) => {
      const standing = current(mailbox.standing);
      for (const { written } of decideAll(mailbox)) {
        for (const version of written) standing.set(version.id, version);
        for (const version of written.filter(isLive)) assertAlone(version, standing.values());
      }
    });
  });

  test('any split into commit groups, each loading the least it may, decides and offers the same', () => {
    holds(splitMailboxes, (mailbox) => {
      const whole = answerAll(mailbox);
      const ledger = new Ledger(mailbox.standing);
      const split = mailbox.groups.flatMap((group) => ledger.decideGroup(group));
      assert.deepStrictEqual(split, whole);
      assert.deepStrictEqual(
        sortedById(ledger.appointments.values()),
        sortedById(current(versionsAfter(mailbox, whole)).values()),
      );
    });
  });

  test('a group decided twice, as after a crash behind the commit, changes nothing the second time', () => {
    holds(splitMailboxes, ({ standing, groups }) => {
      const ledger = new Ledger(standing);
      for (const group of groups) {
        const first = ledger.decideGroup(group);
        const again = ledger.decideGroup(group);
        assert.deepStrictEqual(outcomesOf(again), outcomesOf(first));
        assert.ok(again.every(({ isRepeat, written }) => isRepeat && written.length === 0));
      }
    });
  });

  test('resent request ids get the first outcome and change nothing', () => {
    holds(mailboxes, (mailbox) => {
      const first = new Map<string, Request>();
      for (const request of mailbox.requests) {
        if (!first.has(request.requestId)) first.set(request.requestId, request);
      }
      const all = decideAll(mailbox);
      const once = decideAll({ standing: mailbox.standing, requests: [...first.values()] });
      assert.deepStrictEqual(
        all.filter(({ isRepeat }) => !isRepeat),
        once,
      );
      const outcomeOf = new Map(once.map(({ request, outcome }) => [request.requestId, outcome]));
      for (const { request, outcome, written, isRepeat } of all) {
        assert.deepStrictEqual(outcome, outcomeOf.get(request.requestId));
        assert.ok(!isRepeat || written.length === 0);
      }
    });
  });

  test('versions of an id run without gaps, and updatedAt never goes back with them', () => {
    holds(mailboxes, (mailbox) => {
      const latest = current(mailbox.standing);
      for (const { request, written } of decideAll(mailbox)) {
        for (const version of written) {
          const before = latest.get(version.id);
          assert.equal(version.version, (before?.version ?? 0) + 1);
          if (before === undefined) continue;
          assert.ok(version.updatedAt >= before.updatedAt);
          const isToldAnew = request.operation === 'book' || request.operation === 'cancel';
          if (isToldAnew) assert.ok(version.updatedAt > before.updatedAt);
        }
        for (const version of written) latest.set(version.id, version);
      }
    });
  });

  test('a conflict names live appointments that overlap, and a stale outcome names the current version', () => {
    holds(mailboxes, (mailbox) => {
      const latest = current(mailbox.standing);
      for (const { request, outcome, written, isRepeat } of decideAll(mailbox)) {
        if (isRepeat) continue;
        if (outcome.kind === 'ignored-stale' || outcome.kind === 'not-held') {
          assert.ok(request.operation !== 'batch');
          assertPointless(request, latest.get(request.appointmentId), outcome);
        }
        if (outcome.kind === 'conflict') {
          assert.ok(request.operation === 'book' && outcome.conflictsWith.length > 0);
          for (const blocker of outcome.conflictsWith)
            assertInTheWay(request, latest.get(blocker.id), blocker);
        }
        for (const version of written) latest.set(version.id, version);
      }
    });
  });

  test('an outcome that changes something writes its versions, and no other writes', () => {
    holds(mailboxes, (mailbox) => {
      for (const { request, outcome, written, isRepeat } of decideAll(mailbox)) {
        const granted = grantedIn(outcome);
        assert.equal(written.length, isRepeat ? 0 : granted.length);
        const asked = wishesOf(request);
        written.forEach((version, at) => {
          const { kind } = granted[at] ?? {};
          assert.equal(version.version, granted[at]?.version);
          assert.equal(version.id, asked[at]?.appointmentId);
          assert.equal(kind === 'created', version.version === 1);
          assert.equal(isLive(version), kind !== 'cancelled' && kind !== 'expired');
        });
      }
    });
  });

  test('equal input gives equal output, and the input stays as it was', () => {
    holds(mailboxes, (mailbox) => {
      assert.deepStrictEqual(decideAll(deepFreeze(copyOf(mailbox))), decideAll(mailbox));
    });
  });

  test('the naive oracle agrees on every outcome and on the final state', () => {
    holds(mailboxes, (mailbox) => {
      const real = decideAll(mailbox);
      const told = decideNaively(mailbox.standing, mailbox.requests);
      assert.deepStrictEqual(outcomesOf(real), told.outcomes);
      const standing = current(versionsAfter(mailbox, real)).values();
      assert.deepStrictEqual(sortedById(standing), sortedById(told.appointments));
    });
  });
});

describe('latest updatedAt wins', () => {
  test('changes that never collide end the same in any order: with the newest of each appointment', () => {
    holds(harmlessChanges, ({ standing, requests, shuffled }) => {
      const inOrder = current(versionsAfter({ standing, requests }, decideAll({ standing, requests })));
      const anyOrder = decideAll({ standing, requests: shuffled });
      for (const found of current(versionsAfter({ standing, requests }, anyOrder)).values()) {
        const newest = requests
          .filter(({ appointmentId }) => appointmentId === found.id)
          .reduce<Change | undefined>(
            (a, b) => (a !== undefined && a.updatedAt > b.updatedAt ? a : b),
            undefined,
          );
        if (newest === undefined) continue;
        assert.equal(found.updatedAt, newest.updatedAt);
        assert.equal(isLive(found), newest.operation === 'book');
        // A cancellation keeps the interval it found, so only a booking says where the appointment is.
        if (newest.operation === 'book') assert.equal(found.start, inOrder.get(found.id)?.start);
      }
    });
  });

  test('a cancellation outlives every booking that is not newer, however late that arrives', () => {
    holds(mailboxes, ({ standing, requests }) => {
      const tombstone = cancel({ appointmentId: 'z', requestId: 'tombstone', updatedAt: moment(4) });
      const before = book({
        appointmentId: 'z',
        requestId: 'before',
        resourceId: 'own',
        updatedAt: moment(0),
      });
      const late = requests.flatMap((request) =>
        request.operation === 'batch' ? [] : { ...request, appointmentId: 'z' },
      );
      const decisions = decideAll({ standing, requests: [before, tombstone, ...late] });
      assert.equal(current(versionsAfter({ standing, requests }, decisions)).get('z')?.status, 'cancelled');
    });
  });
});

test('every request that the types allow gets one outcome, in order', () => {
  holds(anyRequests, (requests) => {
    const decisions = decideAll({ standing: [], requests });
    assert.deepStrictEqual(
      decisions.map(({ request }) => request),
      requests,
    );
    assert.deepStrictEqual(outcomesOf(decisions), decideNaively([], requests).outcomes);
  });
});
