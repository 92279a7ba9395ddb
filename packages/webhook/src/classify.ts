// What an answer means for its delivery. Pure. Only 2xx is success: a redirect is not followed, so the
// event is not delivered. 410 is the only status with which a receiver unsubscribes.

import type { Answer } from './answer.ts';

export type Classified =
  | { readonly verdict: 'delivered' }
  | { readonly verdict: 'retry'; readonly retryAfterMs?: number }
  | { readonly verdict: 'gone' };

/** `gone` means: disable the endpoint. Every status but 2xx and 410, and every failure, is worth another attempt. */
export function classify(answer: Answer): Classified {
  if (answer.kind === 'failed') return { verdict: 'retry' };
  const { status, retryAfterMs } = answer;
  if (status >= 200 && status <= 299) return { verdict: 'delivered' };
  if (status === 410) return { verdict: 'gone' };
  return retryAfterMs === undefined ? { verdict: 'retry' } : { verdict: 'retry', retryAfterMs };
}
