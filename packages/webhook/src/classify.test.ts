import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Answer, FailureReason } from './answer.ts';
import { classify } from './classify.ts';

const REASONS: FailureReason[] = ['refused-address', 'timeout', 'connection', 'tls', 'dns', 'protocol'];

const answered = (status: number, retryAfterMs?: number): Answer => ({
  kind: 'answered',
  status,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  body: '',
  tookMs: 1,
});

describe('classify', () => {
  test.each([200, 201, 202, 204, 226, 299])('%i is delivered', (status) => {
    expect(classify(answered(status))).toEqual({ verdict: 'delivered' });
  });

  test.each([300, 301, 302, 303, 304, 307, 308])('%i is no success: redirects are not followed', (status) => {
    expect(classify(answered(status))).toEqual({ verdict: 'retry' });
  });

  test.each([400, 401, 403, 404, 409, 429, 500, 502, 503, 599])('%i is tried again', (status) => {
    expect(classify(answered(status))).toEqual({ verdict: 'retry' });
    expect(classify(answered(status, 7_000))).toEqual({ verdict: 'retry', retryAfterMs: 7_000 });
  });

  test('410 is gone, whatever its Retry-After says', () => {
    expect(classify(answered(410, 7_000))).toEqual({ verdict: 'gone' });
  });

  test.each(REASONS)('a post that failed with %s is tried again', (reason) => {
    expect(classify({ kind: 'failed', reason, detail: '', tookMs: 1 })).toEqual({ verdict: 'retry' });
  });

  test('only 2xx is delivered, only 410 is gone, whatever the status', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.option(fc.nat()), (status, wait) => {
        const { verdict } = classify(answered(status, wait ?? undefined));
        expect(verdict === 'delivered').toBe(Math.floor(status / 100) === 2);
        expect(verdict === 'gone').toBe(status === 410);
      }),
    );
  });
});
