import { describe, expect, test } from '@jest/globals';
import { formatDuration, formatProgress, type ProgressSnapshot } from './progress-line.ts';
import { RateMeter } from './rate-meter.ts';

const HALF: ProgressSnapshot = {
  done: 58_310,
  lines: 116_619,
  perSecond: 4_950.4,
  outcomes: new Map([
    ['created', 40_000],
    ['conflict', 310],
  ]),
  rejected: 0,
  retries: 0,
  trouble: undefined,
};

describe('the progress line', () => {
  test('shows progress, rate, ETA and outcomes', () => {
    expect(formatProgress(HALF)).toBe(
      '[##########----------] 50%  58,310/116,619 lines  4,950/s  ETA 12 s  created 40,000 · conflict 310',
    );
  });

  test('shows no ETA before the first outcome, and shows bad lines and retries when there are any', () => {
    const snapshot = { ...HALF, done: 2, perSecond: 0, outcomes: new Map(), rejected: 2, retries: 1 };
    expect(formatProgress(snapshot)).toBe(
      '[--------------------] 0%  2/116,619 lines  0/s  ETA –  bad 2  1 retries',
    );
  });

  test('shows the cause of a delay and the time until it gives up, but not for a short delay', () => {
    const trouble = { reason: 'ECONNREFUSED', askedMs: 0, waitedMs: 12_000, limitMs: 300_000 };
    expect(formatProgress({ ...HALF, trouble })).toContain(
      'no outcome for 12 s, gives up in 4 min 48 s: ECONNREFUSED',
    );
    expect(formatProgress({ ...HALF, trouble: { ...trouble, waitedMs: 900 } })).not.toContain('no outcome');
  });

  test('shows how long it waits at the request of the service, and nothing about giving up', () => {
    const trouble = { reason: 'mailbox full', askedMs: 590_000, waitedMs: 0, limitMs: 300_000 };
    const line = formatProgress({ ...HALF, trouble });
    expect(line).toContain('waits for 9 min 50 s, as requested by the service: mailbox full');
    expect(line).not.toContain('gives up');
  });

  test('is complete for an empty file', () => {
    expect(formatProgress({ ...HALF, done: 0, lines: 0 })).toContain('100%');
  });
});

test.each([
  [0, '0 s'],
  [850, '1 s'],
  [59_000, '59 s'],
  [288_000, '4 min 48 s'],
  [7_260_000, '2 h 1 min'],
])('%i ms read as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

describe('the rate', () => {
  test('covers the last ten seconds only', () => {
    const meter = new RateMeter();
    for (let second = 0; second <= 30; second += 1)
      meter.sample(second * 1000, second < 15 ? 0 : (second - 15) * 100);
    expect(meter.perSecond).toBe(100);
  });

  test('is 0 before there are two samples', () => {
    const meter = new RateMeter();
    meter.sample(0, 500);
    expect(meter.perSecond).toBe(0);
  });
});
