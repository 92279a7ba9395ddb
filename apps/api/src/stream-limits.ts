// How streams and long polls behave in time. Not settings: nothing that an operator could tune for the better. Tests
// shorten them.

import type { EventStreamLimits } from './http/event-stream.ts';

export interface StreamLimits extends EventStreamLimits {
  /** How often the sequences of all waited-for orgs are looked up, in one query, in case a hint was lost. */
  readonly changesPollMs: number;
  /** After a failed read an open stream waits so long before it reads again. */
  readonly retryMs: number;
  /** How long a stream of a request trusts the announcement before it looks up the request. */
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
