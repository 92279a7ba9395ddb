// Timing of streams and long polls. They are constants because operators gain nothing by tuning them; tests
// shorten them.

import type { EventStreamLimits } from '../http/event-stream.ts';

export interface StreamLimits extends EventStreamLimits {
  /** How often the sequences of all waited-for orgs are queried, in one query, in case a hint was lost. */
  readonly changesPollMs: number;
  /** Delay before an open stream retries after a failed read. */
  readonly retryMs: number;
  /** How long a request's stream relies on the announcement before it looks up the request. */
  readonly recheckMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  heartbeatMs: 15_000,
  stallMs: 30_000,
  dropLingerMs: 5_000,
  endLingerMs: 1_000,
  changesPollMs: 500,
  retryMs: 1_000,
  recheckMs: 15_000,
};
