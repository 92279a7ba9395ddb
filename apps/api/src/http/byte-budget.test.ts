import { describe, expect, it } from '@jest/globals';
import { createByteBudget } from './byte-budget.ts';

/** An org's share is 100. */
function setUp() {
  return createByteBudget({ bytesMax: 400, waitMs: 20 });
}

describe('the budget of answers', () => {
  it('limits an org to its share even when the rest is free', async () => {
    const budget = setUp();
    expect(await budget.reserve('acme', 60)).toBeDefined();
    expect(await budget.reserve('acme', 60)).toBeUndefined();
    expect(await budget.reserve('other', 100)).toBeDefined();
    expect(budget.bytes()).toBe(160);
  });

  it('limits all orgs together to the whole budget', async () => {
    const budget = setUp();
    for (const org of ['a', 'b', 'c', 'd']) expect(await budget.reserve(org, 100)).toBeDefined();
    expect(await budget.reserve('e', 1)).toBeUndefined();
  });

  it('makes an answer wait until another one of its org shrinks or ends, in the order of arrival', async () => {
    const budget = setUp();
    const first = await budget.reserve('acme', 100);
    const granted: string[] = [];
    const wait = async (name: string, bytes: number) => {
      if ((await budget.reserve('acme', bytes)) !== undefined) granted.push(name);
    };
    const waits = [wait('large', 70), wait('small', 20)];
    first?.resize(50);
    await Promise.resolve();
    expect(granted).toEqual([]);
    first?.release();
    await Promise.all(waits);
    expect(granted).toEqual(['large', 'small']);
  });

  it('counts the true size of an answer larger than its reservation, once', async () => {
    const budget = setUp();
    const reservation = await budget.reserve('acme', 50);
    reservation?.resize(300);
    expect(budget.bytes()).toBe(300);
    reservation?.release();
    reservation?.release();
    reservation?.resize(70);
    expect(budget.bytes()).toBe(0);
    expect(await budget.reserve('acme', 100)).toBeDefined();
  });

  it('gives back nothing for an answer that never got room', async () => {
    const budget = setUp();
    const held = await budget.reserve('acme', 100);
    expect(await budget.reserve('acme', 10)).toBeUndefined();
    held?.release();
    expect(budget.bytes()).toBe(0);
    expect(await budget.reserve('acme', 100)).toBeDefined();
  });
});
