import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CALM, nextLag, type LagState } from './shed-share.ts';

const MAX_MS = 50;

function after(samples: readonly number[], from: LagState = CALM): LagState {
  return samples.reduce((state, delayMs) => nextLag(state, { delayMs, maxMs: MAX_MS }), from);
}

const times = (count: number, delayMs: number) => Array.from({ length: count }, () => delayMs);

describe('the share of requests that is refused', () => {
  it('stays zero while the delay is under the limit', () => {
    expect(after(times(1_000, MAX_MS)).share).toBe(0);
  });

  it('stays zero through one pause twice as long as the limit', () => {
    expect(after([2 * MAX_MS, ...times(10, 0)]).share).toBe(0);
  });

  it('rises with every sample over the limit, faster the longer the delay is', () => {
    const [mild, hard] = [after(times(8, 1.5 * MAX_MS)), after(times(8, 4 * MAX_MS))];
    expect(mild.share).toBeGreaterThan(0);
    expect(hard.share).toBeGreaterThan(mild.share);
    expect(after([1.5 * MAX_MS], mild).share).toBeGreaterThan(mild.share);
  });

  it('stays as it is between the two marks, so that it settles', () => {
    const { share } = after(times(10, 2 * MAX_MS));
    const settled = { delayMs: 0.75 * MAX_MS, share };
    expect(after(times(100, 0.75 * MAX_MS), settled).share).toBe(share);
  });

  it('falls to zero within three seconds of calm', () => {
    const worst = after(times(100, 100 * MAX_MS));
    const forgotten = { ...worst, delayMs: 0 };
    expect(after(times(60, 0), forgotten).share).toBe(0);
  });

  it('is always a share, and never all of the requests', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(samples, (delays) => {
        const { share } = after(delays);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(1);
      }),
    );
  });
});
