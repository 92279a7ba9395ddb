// How batches become commit groups, with a decider that each test blocks and releases.

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AcceptedRequest, OrgRequests, RequestRecord } from '@slotline/db';
import { RetryableError, TerminalError } from '@slotline/db';
import { createCommitLanes, type CommittedGroup } from './commit-lanes.ts';

const TERMINAL = new TerminalError('cannot be stored', { meaning: 'refused' });
const RETRYABLE = new RetryableError('busy', { meaning: 'busy' });

function batch(orgId: string, size = 1): OrgRequests {
  const requests = Array.from(
    { length: size },
    (_, at) => ({ requestId: `${orgId}-${at}` }) as AcceptedRequest,
  );
  return { orgId, requests };
}

function recordsOf({ requests }: OrgRequests): readonly RequestRecord[] {
  return requests.map(({ requestId }) => ({ requestId }) as RequestRecord);
}

// Timers are fake, so that waits of milliseconds do not depend on the speed of the machine.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Resolves when every scheduled turn of the event loop has run. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
}

function open({ lanes = 1, groupMax = 100 }: { lanes?: number; groupMax?: number } = {}) {
  const groups: { names: string[]; end(failure?: unknown): Promise<void> }[] = [];
  const committed: number[] = [];
  const decider = {
    decide: (group: readonly OrgRequests[]) =>
      new Promise<readonly (readonly RequestRecord[])[]>((resolve, reject) => {
        groups.push({
          names: group.map(({ orgId, requests }) => `${orgId}:${requests.length}`),
          end: (failure) => {
            if (failure === undefined) resolve(group.map(recordsOf));
            else reject(failure);
            return idle();
          },
        });
      }),
  };
  const calledBack: boolean[] = [];
  const onGroup = ({ requests, hasCallbacks }: CommittedGroup) => {
    committed.push(requests);
    calledBack.push(hasCallbacks);
  };
  const { submit } = createCommitLanes({ decider, lanes, groupMax, onGroup });
  return { submit, groups, committed, calledBack };
}

describe('a commit group', () => {
  it('consists of the batches that wait when a lane is free', async () => {
    const { submit, groups, committed } = open();
    const first = submit(batch('a', 2));
    await idle();
    const later = [submit(batch('b')), submit(batch('c', 3))];
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['a:2']]);
    await groups[0]?.end();
    expect(groups.map(({ names }) => names)).toEqual([['a:2'], ['b:1', 'c:3']]);
    await groups[1]?.end();
    expect(await Promise.all([first, ...later])).toEqual(
      [batch('a', 2), batch('b'), batch('c', 3)].map(recordsOf),
    );
    expect(committed).toEqual([2, 4]);
  });

  it('takes the batches of one tick of the event loop', async () => {
    const { submit, groups } = open({ lanes: 4 });
    void submit(batch('a'));
    await Promise.resolve();
    void submit(batch('b'));
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['a:1', 'b:1']]);
  });

  it('runs in parallel with others, one per lane', async () => {
    const { submit, groups } = open({ lanes: 2 });
    for (const orgId of ['a', 'b', 'c']) {
      void submit(batch(orgId, 20));
      await idle();
    }
    expect(groups.map(({ names }) => names)).toEqual([['a:20'], ['b:20']]);
    await groups[1]?.end();
    expect(groups.map(({ names }) => names)).toEqual([['a:20'], ['b:20'], ['c:20']]);
  });

  it('of a few light requests waits for the light group in flight, but not for heavy groups', async () => {
    const { submit, groups } = open({ lanes: 3 });
    for (const [orgId, size] of [
      ['a', 1],
      ['b', 2],
      ['flood', 20],
      ['c', 3],
    ] as const) {
      void submit(batch(orgId, size));
      await idle();
    }
    expect(groups.map(({ names }) => names)).toEqual([['a:1'], ['flood:20']]);
    await groups[0]?.end();
    expect(groups.map(({ names }) => names)).toEqual([['a:1'], ['flood:20'], ['b:2', 'c:3']]);
  });

  it('of light requests gets its own lane when it weighs as much as a heavy batch', async () => {
    const { submit, groups } = open({ lanes: 2 });
    for (const [orgId, size] of [
      ['a', 1],
      ['b', 19],
      ['c', 1],
    ] as const) {
      expect(groups.length).toBeLessThanOrEqual(1);
      void submit(batch(orgId, size));
      await idle();
    }
    expect(groups.map(({ names }) => names)).toEqual([['a:1'], ['b:19', 'c:1']]);
  });

  it('of light requests does not wait for a light group that takes long', async () => {
    const { submit, groups } = open({ lanes: 2 });
    for (const orgId of ['hangs', 'a']) {
      void submit(batch(orgId));
      await idle();
    }
    jest.advanceTimersByTime(4);
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['hangs:1']]);
    jest.advanceTimersByTime(1);
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['hangs:1'], ['a:1']]);
  });

  it('never has two batches of one org; the second batch is decided after the group', async () => {
    const { submit, groups } = open();
    const both = [submit(batch('a', 1)), submit(batch('b')), submit(batch('a', 2))];
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['a:1', 'b:1']]);
    await groups[0]?.end();
    expect(groups[1]?.names).toEqual(['a:2']);
    await groups[1]?.end();
    expect((await Promise.all(both)).map(({ length }) => length)).toEqual([1, 1, 2]);
  });

  it('holds at most groupMax requests, except for a single larger batch', async () => {
    const { submit, groups } = open({ groupMax: 5 });
    for (const [orgId, size] of [
      ['a', 3],
      ['b', 2],
      ['c', 1],
      ['d', 9],
      ['e', 5],
    ] as const)
      void submit(batch(orgId, size));
    await idle();
    for (let at = 0; at < 4; at++) await groups[at]?.end();
    // `c` goes before `d`, which is too large for the same group.
    expect(groups.map(({ names }) => names)).toEqual([['a:3', 'b:2'], ['c:1'], ['d:9'], ['e:5']]);
  });

  it('holds either heavy or light batches, so that no batch waits for a flood while a lane is free', async () => {
    const { submit, groups } = open({ lanes: 2 });
    for (const [orgId, size] of [
      ['a', 1],
      ['flood', 20],
      ['b', 19],
      ['other flood', 30],
      ['c', 2],
    ] as const)
      void submit(batch(orgId, size));
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([
      ['a:1', 'b:19', 'c:2'],
      ['flood:20', 'other flood:30'],
    ]);
  });

  it('of heavy batches goes first when it has waited longer, and all light batches follow it', async () => {
    const { submit, groups } = open();
    void submit(batch('first'));
    await idle();
    for (const [orgId, size] of [
      ['flood', 20],
      ['a', 1],
      ['b', 1],
    ] as const)
      void submit(batch(orgId, size));
    for (let at = 0; at < 2; at++) await groups[at]?.end();
    expect(groups.map(({ names }) => names)).toEqual([['first:1'], ['flood:20'], ['a:1', 'b:1']]);
  });

  it('weighs an atomic batch by its operations', async () => {
    const { submit, groups } = open({ groupMax: 5 });
    const wishes = Array.from({ length: 4 }, () => ({}));
    const atomic = { requestId: 'x', operation: 'batch', wishes } as unknown as AcceptedRequest;
    void submit({ orgId: 'atomic', requests: [atomic] });
    void submit(batch('a', 2));
    void submit(batch('b', 1));
    await idle();
    await groups[0]?.end();
    // `b` waits behind `a`, for which the four operations left no room.
    expect(groups.map(({ names }) => names)).toEqual([['atomic:1', 'b:1'], ['a:2']]);
  });

  it('reports whether a request has a callback URL', async () => {
    const { submit, groups, calledBack } = open();
    const [one, other] = batch('b', 2).requests;
    if (one === undefined || other === undefined) throw new Error('two requests were made');
    void submit(batch('a', 3));
    await idle();
    void submit({ orgId: 'b', requests: [one, { ...other, callbackUrl: 'https://example.test/told' }] });
    for (const group of [0, 1]) await groups[group]?.end();
    expect(calledBack).toEqual([false, true]);
  });

  it('does not let small batches overtake a large one indefinitely', async () => {
    const { submit, groups } = open({ groupMax: 5 });
    void submit(batch('a', 4));
    void submit(batch('large', 5));
    for (let at = 0; at < 10; at++) void submit(batch(`small-${at}`));
    await idle();
    await groups[0]?.end();
    expect(groups[1]?.names).toEqual(['large:5']);
  });
});

describe('a group that fails', () => {
  it('permanently is decided org by org, so that only the faulty batch is rejected', async () => {
    const { submit, groups, committed } = open();
    const settled = Promise.allSettled(['a', 'guilty', 'c'].map((orgId) => submit(batch(orgId))));
    await idle();
    await groups[0]?.end(TERMINAL);
    await groups[1]?.end();
    await groups[2]?.end(TERMINAL);
    await groups[3]?.end();
    expect(groups.map(({ names }) => names)).toEqual([
      ['a:1', 'guilty:1', 'c:1'],
      ['a:1'],
      ['guilty:1'],
      ['c:1'],
    ]);
    expect(
      (await settled).map((one) => (one.status === 'rejected' ? (one.reason as unknown) : 'decided')),
    ).toEqual(['decided', TERMINAL, 'decided']);
    expect(committed).toEqual([1, 1]);
  });

  it('permanently is decided org by org on its own lane only', async () => {
    const { submit, groups } = open();
    void Promise.allSettled(['a', 'b'].map((orgId) => submit(batch(orgId))));
    await idle();
    await groups[0]?.end(TERMINAL);
    void submit(batch('later'));
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['a:1', 'b:1'], ['a:1']]);
  });

  it('retryably rejects all its batches, and its lane is free again', async () => {
    const { submit, groups } = open();
    const settled = Promise.allSettled(['a', 'b'].map((orgId) => submit(batch(orgId))));
    await idle();
    await groups[0]?.end(RETRYABLE);
    expect(
      (await settled).map((one) => (one.status === 'rejected' ? (one.reason as unknown) : 'decided')),
    ).toEqual([RETRYABLE, RETRYABLE]);
    void submit(batch('c'));
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['a:1', 'b:1'], ['c:1']]);
  });
});
