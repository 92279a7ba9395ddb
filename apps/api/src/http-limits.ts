// Limits of a client's connections. They are constants because operators gain nothing by tuning them; tests
// shorten them.

export interface HttpLimits {
  /** Time limit for the headers; a client that sends them too slowly, or sends nothing, gets 408. */
  readonly headersTimeoutMs: number;
  /** The same for a whole request, body included. With `timeoutCheckMs` it ends within 10 s. */
  readonly requestTimeoutMs: number;
  /** How often Node checks these timeouts. */
  readonly timeoutCheckMs: number;
  /**
   * Longer than the idle timeouts of common load balancers (60 s), so that the load balancer closes first.
   */
  readonly keepAliveTimeoutMs: number;
  /**
   * A connection that waits for an answer and transfers nothing for this time is closed. Longer than the
   * longest wait for a decision (30 s) and than the heartbeats of streams.
   */
  readonly stallTimeoutMs: number;
  readonly headerBytesMax: number;
  readonly headersMax: number;
  /** Connections that one port has at once; further ones are closed on arrival. */
  readonly connectionsMax: number;
  /** Pipelined requests on one connection while an earlier one is unanswered. */
  readonly pipelinedMax: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 9_000,
  timeoutCheckMs: 1_000,
  keepAliveTimeoutMs: 65_000,
  stallTimeoutMs: 60_000,
  headerBytesMax: 16 * 1024,
  headersMax: 100,
  connectionsMax: 10_000,
  pipelinedMax: 64,
};
