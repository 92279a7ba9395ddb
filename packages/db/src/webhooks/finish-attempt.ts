// The deliverer's step after it sent.

import type { Database } from '../database.ts';

export interface AttemptResult {
  readonly kind: 'delivered' | 'retry' | 'gone' | 'exhausted';
  /** Needed for `retry`. */
  readonly retryInMs?: number | undefined;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
  readonly tookMs: number;
}

export interface FinishedAttempt {
  /** `false`: somebody else has the delivery by now, and nothing of it was changed. */
  readonly isMine: boolean;
  /** Why this very result disabled the endpoint. */
  readonly endpointDisabled: 'gone' | 'failing' | null;
}

export async function finishAttempt(
  _db: Database,
  _options: { deliveryId: string; attempt: number; result: AttemptResult; disableAfterMs: number },
): Promise<FinishedAttempt> {
  throw new TypeError('not built yet');
}
