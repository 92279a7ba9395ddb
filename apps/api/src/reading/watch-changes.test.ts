// Waking followers of changes, with hints and without them.

import { describe, expect, it } from '@jest/globals';
import { createChangeWatch } from './watch-changes.ts';

/** A queue that hints on demand, and a store of sequences that counts its queries. */
function setUp({ pollMs = 1 }: { pollMs?: number } = {}) {
  const listeners = new Map<string, Set<() => void>>();
  const sequences = new Map<string, number>();
  const asked: string[][] = [];
  const queue = {
    watch(orgId: string, listener: () => void) {
      const set = listeners.get(orgId) ?? new Set();
      listeners.set(orgId, set.add(listener));
      return () => void set.delete(listener);
    },
  };
  const failures: unknown[] = [];
  const findSequences = async (orgIds: readonly string[]) => {
    asked.push([...orgIds]);
    if (failures.length > 0) throw failures.shift();
    return new Map([...sequences].filter(([orgId]) => orgIds.includes(orgId)));
  };
  const watch = createChangeWatch({ queue, findSequences, pollMs });
  const hint = (orgId: string) => listeners.get(orgId)?.forEach((listener) => listener());
  const watchers = (orgId: string) => listeners.get(orgId)?.size ?? 0;
  return { watch, hint, watchers, sequences, asked, failures };
}

const NEVER = new AbortController().signal;
/** Far longer than a test lasts, so it never wakes a follower. */
const LONG = { pollMs: 2 ** 30 };

describe('a follower', () => {
  it('is woken by a hint', async () => {
    const { watch, hint } = setUp(LONG);
    const follower = watch.follow('acme');
    const next = follower.next({ after: 0, signal: NEVER });
    hint('acme');
    await next;
    follower.close();
  });

  it('is woken immediately, and once only, by a hint that came before it waited', async () => {
    const { watch, hint } = setUp(LONG);
    const follower = watch.follow('acme');
    hint('acme');
    hint('acme');
    await follower.next({ after: 0, signal: NEVER });
    let isWoken = false;
    const second = follower.next({ after: 0, signal: NEVER }).then(() => (isWoken = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isWoken).toBe(false);
    hint('acme');
    await second;
    follower.close();
  });

  it('is woken without a hint once the sequence is later than the one it saw', async () => {
    const { watch, sequences, asked } = setUp();
    sequences.set('acme', 3);
    const follower = watch.follow('acme');
    await follower.next({ after: 2, signal: NEVER });
    const waiting = follower.next({ after: 3, signal: NEVER });
    while (asked.length < 5) await new Promise((resolve) => setImmediate(resolve));
    sequences.set('acme', 4);
    await waiting;
    follower.close();
  });

  it('is woken even after a failed look-up', async () => {
    const { watch, sequences, failures } = setUp();
    failures.push(new Error('away'), new Error('away'));
    sequences.set('acme', 1);
    const follower = watch.follow('acme');
    await follower.next({ after: 0, signal: NEVER });
    expect(failures).toEqual([]);
    follower.close();
  });

  it('is woken by the timeout, by the abort, and when it is closed', async () => {
    const { watch } = setUp(LONG);
    const follower = watch.follow('acme');
    await follower.next({ after: 0, timeoutMs: 1, signal: NEVER });
    const abort = new AbortController();
    const aborted = follower.next({ after: 0, signal: abort.signal });
    abort.abort();
    await aborted;
    await follower.next({ after: 0, signal: abort.signal });
    const closed = follower.next({ after: 0, signal: NEVER });
    follower.close();
    await closed;
  });

  it('is not woken by a change of another org', async () => {
    const { watch, hint, sequences, asked } = setUp();
    sequences.set('other', 9);
    const follower = watch.follow('acme');
    let isWoken = false;
    const next = follower.next({ after: 0, signal: NEVER }).then(() => (isWoken = true));
    hint('other');
    while (asked.length < 3) await new Promise((resolve) => setImmediate(resolve));
    expect(isWoken).toBe(false);
    follower.close();
    await next;
  });

  it('unsubscribes from the queue when it is closed', () => {
    const { watch, watchers } = setUp(LONG);
    const [one, two] = [watch.follow('acme'), watch.follow('acme')];
    expect(watchers('acme')).toBe(2);
    one.close();
    two.close();
    expect(watchers('acme')).toBe(0);
  });
});

describe('looking without hints', () => {
  it('queries all orgs with followers together, each once', async () => {
    const { watch, sequences, asked } = setUp();
    const followers = ['a', 'b', 'a'].map((orgId) => watch.follow(orgId));
    const waits = followers.map((follower) => follower.next({ after: 0, signal: NEVER }));
    sequences.set('a', 1).set('b', 1);
    await Promise.all(waits);
    expect(asked).toEqual([['a', 'b']]);
    for (const follower of followers) follower.close();
  });

  it('runs no query while no follower waits', async () => {
    const { watch, hint, asked } = setUp();
    const follower = watch.follow('acme');
    const next = follower.next({ after: 0, signal: NEVER });
    hint('acme');
    await next;
    const before = asked.length;
    // Longer than many polls would take.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toHaveLength(before);
    follower.close();
  });
});
