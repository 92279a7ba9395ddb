// What one client may take of a server before it is cut off. Not settings: nothing that an operator could tune for the
// better. Tests shorten them.

export interface HttpLimits {
  /** A client that drips its headers, or sends nothing at all, is cut off (408) after this. */
  readonly headersTimeoutMs: number;
  /** The same for the whole of a request, body included. With the next one it ends within 10 s. */
  readonly requestTimeoutMs: number;
  /** How often Node looks for such clients. */
  readonly timeoutCheckMs: number;
  /** Longer than the idle time-outs of common load balancers (60 s), so that they close first, not we. */
  readonly keepAliveTimeoutMs: number;
  /** A connection on which nothing moves for so long, while it is owed an answer, is one that does not read. Longer than
   * the longest wait for a decision (30 s) and than the heartbeats of streams. */
  readonly stallTimeoutMs: number;
  readonly headerBytesMax: number;
  readonly headersMax: number;
  /** Connections that one port has at once; more are closed as they come. */
  readonly connectionsMax: number;
  /** Requests sent ahead on one connection while the one before them is not answered. */
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
