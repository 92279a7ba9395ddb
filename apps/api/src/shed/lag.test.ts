import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CALM, nextLag, type Lag } from './lag.ts';

const MAX_MS = 50;

function after(samples: readonly number[], from: Lag = CALM): Lag {
  return samples.reduce((lag, delayMs) => nextLag(lag, { delayMs, maxMs: MAX_MS }), from);
}

const times = (count: number, delayMs: number) => Array.from({ length: count }, () => delayMs);

describe('an event loop that is in time', () => {
  it('takes everything, up to the limit', () => {
    expect(after(times(1_000, MAX_MS))).toMatchObject({ room: 1, share: 0 });
  });

  it('takes everything through one pause twice as long as the limit', () => {
    expect(after([2 * MAX_MS, ...times(10, 0)])).toMatchObject({ room: 1, share: 0 });
  });
});

describe('an event loop that is late', () => {
  it('leaves less room with every sample, the less the later it is, and some always', () => {
    const [mild, hard] = [after(times(8, 1.5 * MAX_MS)), after(times(8, 4 * MAX_MS))];
    const milder = after([1.5 * MAX_MS], mild);
    expect([1 > mild.room, mild.room > hard.room, mild.room > milder.room]).toEqual([true, true, true]);
    expect(after(times(1_000, 1e6)).room).toBe(1 / 8);
  });

  it('refuses a share of the others only when it is eight times as late, and the more the later it is', () => {
    expect(after(times(1_000, 8 * MAX_MS)).share).toBe(0);
    const [mild, hard] = [after(times(8, 12 * MAX_MS)), after(times(8, 32 * MAX_MS))];
    const milder = after([12 * MAX_MS], mild);
    expect([mild.share > 0, hard.share > mild.share, milder.share > mild.share]).toEqual([true, true, true]);
  });

  it('settles where it is just in time, when its delay follows what it lets in', () => {
    // All of the room makes it four times too late.
    let lag = CALM;
    const rooms: number[] = [];
    for (let sample = 0; sample < 2_000; sample++) {
      lag = nextLag(lag, { delayMs: 4 * MAX_MS * lag.room, maxMs: MAX_MS });
      rooms.push(lag.room);
    }
    const settled = rooms.slice(-500);
    expect(Math.min(...settled)).toBeGreaterThan(0.2);
    expect(Math.max(...settled)).toBeLessThan(0.3);
  });

  it('keeps its share between the two marks, so that it does not flap', () => {
    const { share } = after(times(10, 16 * MAX_MS));
    const settled = { ...CALM, delayMs: 6 * MAX_MS, share };
    expect(after(times(100, 6 * MAX_MS), settled).share).toBe(share);
  });

  it('is forgiven: the share within three seconds, the room within thirty', () => {
    const worst = { ...after(times(100, 100 * MAX_MS)), delayMs: 0 };
    expect(after(times(60, 0), worst).share).toBe(0);
    expect(after(times(600, 0), worst).room).toBe(1);
  });

  it('never refuses all, whatever the samples', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(samples, (delays) => {
        const { room, share } = after(delays);
        expect(room > 0 && room <= 1 && share >= 0 && share < 1).toBe(true);
      }),
    );
  });
});
