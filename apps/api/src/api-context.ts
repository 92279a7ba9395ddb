// What the routes work with: made once by `open-api.ts`, handed to every route, looked up nowhere else.

import type { Database } from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import type { Accept, Queue } from './intake/accept.ts';
import type { AwaitOutcomes } from './intake/await-outcomes.ts';
import type { ReadRequests } from './intake/read-requests.ts';
import type { ApiMetrics } from './metrics.ts';

export interface ApiContext {
  readonly db: Database;
  readonly queue: Queue;
  readonly accept: Accept;
  readonly readRequests: ReadRequests;
  readonly awaitOutcomes: AwaitOutcomes;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal;
}
