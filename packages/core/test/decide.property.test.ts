// What must be true of every list of requests, whatever its order, duplicates and collisions.

import assert from 'node:assert/strict';
import { describe, test } from '@jest/globals';
import { decide, isLive, overlaps, type Appointment, type Decision, type Request } from '../src/index.ts';
import {
  anyRequests,
  harmlessChanges,
  holds,
  mailboxes,
  splitMailboxes,
  type Mailbox,
} from './arbitraries.ts';
import { Ledger } from './ledger.ts';
import { decideNaively } from './oracle.ts';
import { book, cancel, moment } from './requests.ts';

function decideAll({ standing, requests }: Mailbox): Decision[] {
  return decide({ appointments: standing, decided: new Map() }, requests);
}

/** Every version there is after each decision, in the order written. */
function versionsAfter({ standing }: Mailbox, decisions: readonly Decision[]): Appointment[] {
  return [...standing, ...decisions.flatMap(({ written }) => written ?? [])];
}

function current(versions: readonly Appointment[]): Map<string, Appointment> {
  return new Map(versions.map((version) => [version.id, version]));
}

function outcomesOf(decisions: readonly Decision[]) {
  return decisions.map(({ outcome }) => outcome);
}

function sortedById(appointments: Iterable<Appointment>): Appointment[] {
  return [...appointments].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function copyOf(mailbox: Mailbox): Mailbox {
  return JSON.parse(JSON.stringify(mailbox)) as Mailbox;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe('for every mailbox', () => {
  test('no two live appointments of a resource overlap, at any step', () => {
    holds(mailboxes, (mailbox) => {
      const standing = current(mailbox.standing);
      for (const { written } of decideAll(mailbox)) {
        if (written === undefined) continue;
        standing.set(written.id, written);
        if (!isLive(written)) continue;
        for (const other of standing.values()) {
          if (other === written || !isLive(other) || other.resourceId !== written.resourceId) continue;
          assert.ok(!overlaps(written, other), `${written.id} overlaps ${other.id}`);
        }
      }
    });
  });

  test('any split into commit groups, each loading the least it may, decides the same', () => {
    holds(splitMailboxes, (mailbox) => {
      const whole = decideAll(mailbox);
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
        assert.ok(again.every(({ isRepeat, written }) => isRepeat && written === undefined));
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
        assert.equal(isRepeat && written !== undefined, false);
      }
    });
  });

  test('versions of an id run without gaps and updatedAt grows with them', () => {
    holds(mailboxes, (mailbox) => {
      const latest = current(mailbox.standing);
      for (const { written } of decideAll(mailbox)) {
        if (written === undefined) continue;
        const before = latest.get(written.id);
        assert.equal(written.version, (before?.version ?? 0) + 1);
        if (before !== undefined) assert.ok(written.updatedAt > before.updatedAt);
        latest.set(written.id, written);
      }
    });
  });

  test('a conflict names live appointments that overlap, and a stale answer a version that is not older', () => {
    holds(mailboxes, (mailbox) => {
      const latest = current(mailbox.standing);
      for (const { request, outcome, written, isRepeat } of decideAll(mailbox)) {
        if (isRepeat) continue;
        if (outcome.kind === 'ignored-stale') {
          const standing = latest.get(request.appointmentId);
          assert.equal(standing?.version, outcome.version);
          assert.ok(standing !== undefined && standing.updatedAt >= request.updatedAt);
        }
        if (outcome.kind === 'conflict') {
          assert.ok(request.operation === 'book' && outcome.conflictsWith.length > 0);
          for (const { id, start, end, version } of outcome.conflictsWith) {
            const witness = latest.get(id);
            assert.ok(witness !== undefined && isLive(witness) && overlaps(witness, request));
            assert.equal(witness.resourceId, request.resourceId);
            assert.notEqual(id, request.appointmentId);
            assert.deepStrictEqual([witness.start, witness.end, witness.version], [start, end, version]);
          }
        }
        if (written !== undefined) latest.set(written.id, written);
      }
    });
  });

  test('every created, updated or cancelled outcome writes its one version, and no other writes', () => {
    holds(mailboxes, (mailbox) => {
      for (const { request, outcome, written, isRepeat } of decideAll(mailbox)) {
        const changes =
          outcome.kind === 'created' || outcome.kind === 'updated' || outcome.kind === 'cancelled';
        assert.equal(written !== undefined, changes && !isRepeat);
        if (written === undefined || !changes) continue;
        assert.deepStrictEqual([written.id, written.updatedAt], [request.appointmentId, request.updatedAt]);
        assert.equal(written.version, outcome.version);
        assert.equal(outcome.kind === 'created', written.version === 1);
        assert.equal(isLive(written), outcome.kind !== 'cancelled');
      }
    });
  });

  test('equal input gives equal output, and the input stays as it was', () => {
    holds(mailboxes, (mailbox) => {
      assert.deepStrictEqual(decideAll(deepFreeze(copyOf(mailbox))), decideAll(mailbox));
    });
  });

  test('the naive oracle agrees on every outcome and on what stands in the end', () => {
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
          .reduce<Request | undefined>(
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
      const late = requests.map((request) => ({ ...request, appointmentId: 'z' }));
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
