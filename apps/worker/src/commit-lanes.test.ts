// How batches become commit groups, with a decider that a test holds back and lets go.

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

// Time passes when a test says so: what waits for milliseconds must not wait for a slow machine.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Every turn of the event loop that was asked for has been taken. */
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
  it('is whatever waits when a lane is free', async () => {
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

  it('takes what one tick of the event loop brought together', async () => {
    const { submit, groups } = open({ lanes: 4 });
    void submit(batch('a'));
    await Promise.resolve();
    void submit(batch('b'));
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['a:1', 'b:1']]);
  });

  it('runs beside others, as many as there are lanes', async () => {
    const { submit, groups } = open({ lanes: 2 });
    for (const orgId of ['a', 'b', 'c']) {
      void submit(batch(orgId, 20));
      await idle();
    }
    expect(groups.map(({ names }) => names)).toEqual([['a:20'], ['b:20']]);
    await groups[1]?.end();
    expect(groups.map(({ names }) => names)).toEqual([['a:20'], ['b:20'], ['c:20']]);
  });

  it('of a few light requests goes after the light one under way, and beside heavy ones', async () => {
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

  it('of light requests has a lane of its own as soon as it is as heavy as a heavy one', async () => {
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

  it('of light requests does not wait for one that takes long', async () => {
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

  it('never has two batches of one org, and the second one is decided after it', async () => {
    const { submit, groups } = open();
    const both = [submit(batch('a', 1)), submit(batch('b')), submit(batch('a', 2))];
    await idle();
    expect(groups.map(({ names }) => names)).toEqual([['a:1', 'b:1']]);
    await groups[0]?.end();
    expect(groups[1]?.names).toEqual(['a:2']);
    await groups[1]?.end();
    expect((await Promise.all(both)).map(({ length }) => length)).toEqual([1, 1, 2]);
  });

  it('holds at most groupMax requests, but a larger batch alone', async () => {
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
    // `c` waits no longer than `d`, which was in its way by nothing but size.
    expect(groups.map(({ names }) => names)).toEqual([['a:3', 'b:2'], ['c:1'], ['d:9'], ['e:5']]);
  });

  it('holds heavy batches or light ones, so that nobody waits for a flood beside a free lane', async () => {
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

  it('of heavy ones comes first when it waits for longer, and has all of the light ones behind it', async () => {
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

  it('weighs an atomic batch by its wishes', async () => {
    const { submit, groups } = open({ groupMax: 5 });
    const wishes = Array.from({ length: 4 }, () => ({}));
    const atomic = { requestId: 'x', operation: 'batch', wishes } as unknown as AcceptedRequest;
    void submit({ orgId: 'atomic', requests: [atomic] });
    void submit(batch('a', 2));
    void submit(batch('b', 1));
    await idle();
    await groups[0]?.end();
    // `b` waits behind `a`, which the four wishes left no room for.
    expect(groups.map(({ names }) => names)).toEqual([['atomic:1', 'b:1'], ['a:2']]);
  });

  it('says whether somebody is to be called back', async () => {
    const { submit, groups, calledBack } = open();
    const [one, other] = batch('b', 2).requests;
    if (one === undefined || other === undefined) throw new Error('two requests were made');
    void submit(batch('a', 3));
    await idle();
    void submit({ orgId: 'b', requests: [one, { ...other, callbackUrl: 'https://example.test/told' }] });
    for (const group of [0, 1]) await groups[group]?.end();
    expect(calledBack).toEqual([false, true]);
  });

  it('lets no small batches pass a large one for ever', async () => {
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
  it('for good is decided org by org, so that only the guilty batch is rejected', async () => {
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

  it('for good is decided org by org on its own lane alone', async () => {
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
