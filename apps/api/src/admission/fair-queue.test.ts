import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairQueue, QUANTUM, type Entry } from './fair-queue.ts';

interface Numbered extends Entry {
  readonly number: number;
}

let numbers = 0;
function entry(orgId: string, units = 1): Numbered {
  return { orgId, units, number: ++numbers };
}

function queueOf(...entries: readonly Numbered[]): FairQueue<Numbered> {
  const queue = new FairQueue<Numbered>();
  for (const one of entries) queue.push(one);
  return queue;
}

function drain(queue: FairQueue<Numbered>): Numbered[] {
  const taken: Numbered[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) taken.push(next);
  return taken;
}

const many = (count: number, make: () => Numbered) => Array.from({ length: count }, make);

describe('the order', () => {
  it('is by arrival within one organisation', () => {
    const entries = many(1_000, () => entry('acme'));
    expect(drain(queueOf(...entries))).toEqual(entries);
  });

  it('makes a new organisation wait for one quantum of each other one', () => {
    const queue = queueOf(...many(500, () => entry('flood')), ...many(500, () => entry('storm')));
    queue.push(entry('small'));
    expect(drain(queue).findIndex(({ orgId }) => orgId === 'small')).toBe(2 * QUANTUM);
  });

  it('gives organisations equal units, whatever the size of their entries', () => {
    const queue = queueOf(...many(40, () => entry('large', 100)), ...many(4_000, () => entry('small')));
    const served = new Map<string, number>();
    for (let units = 0; units < 4_000;) {
      const next = queue.shift();
      if (next === undefined) break;
      units += next.units;
      served.set(next.orgId, (served.get(next.orgId) ?? 0) + next.units);
    }
    expect(Math.abs((served.get('large') ?? 0) - (served.get('small') ?? 0))).toBeLessThanOrEqual(200);
  });

  it('skips organisations that may not run now', () => {
    const queue = queueOf(entry('acme'), entry('beta'), entry('acme'));
    expect(queue.shift((orgId) => orgId !== 'acme')?.orgId).toBe('beta');
    expect(queue.shift((orgId) => orgId !== 'acme')).toBeUndefined();
    expect(queue.shift()?.orgId).toBe('acme');
  });

  it('returns every entry exactly once', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('push' as const),
        orgId: fc.constantFrom('a', 'b', 'c'),
        units: fc.integer({ min: 1, max: 80 }),
      }),
      fc.record({ do: fc.constantFrom('shift' as const, 'remove' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new FairQueue<Numbered>();
        const pushed: Numbered[] = [];
        const out: Numbered[] = [];
        for (const one of steps) {
          if (one.do === 'push') {
            const pushing = entry(one.orgId, one.units);
            pushed.push(pushing);
            queue.push(pushing);
          } else {
            const found = one.do === 'shift' ? queue.shift() : queue.removeNewest();
            if (found !== undefined) out.push(found);
          }
        }
        out.push(...drain(queue));
        expect(out.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
          pushed.map(({ number }) => number),
        );
        expect([queue.isEmpty, queue.unitsQueued, queue.unitsUnderWay]).toEqual([true, 0, 0]);
      }),
    );
  });
});

describe('the entry removed on overload', () => {
  it('is the newest of the organisation with most under way', () => {
    const newest = entry('flood');
    const queue = queueOf(...many(10, () => entry('flood')), newest, entry('small'));
    expect(queue.removeNewest()).toBe(newest);
  });

  it('counts what an organisation has under way outside the queue', () => {
    const queue = queueOf(entry('a'), entry('a'), entry('b'));
    queue.hold({ orgId: 'b', units: 5 });
    expect(queue.removeNewest()?.orgId).toBe('b');
    queue.release({ orgId: 'b', units: 5 });
    expect(queue.removeNewest()?.orgId).toBe('a');
  });

  it('is never of an organisation with less than an equal share', () => {
    const queue = queueOf(entry('small'));
    queue.hold({ orgId: 'flood', units: 100 });
    expect([queue.hasItsShare('small'), queue.hasItsShare('flood')]).toEqual([false, true]);
    expect(queue.removeNewest()).toBeUndefined();
  });
});

describe('the memory', () => {
  it('of a taken entry is released while others wait', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const queue = queueOf(...many(3, () => entry('acme')));
    const taken = new WeakRef(queue.shift() ?? {});
    // A weak reference is kept until the end of the turn that created it.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(taken.deref()).toBeUndefined();
    expect(queue.shift()).toBeDefined();
  });
});
