// What came of one post. An answer that arrived is an answer, whatever its status; everything else is a
// failure with a reason, and no post throws. Neither contains addresses or secrets.

/** Where a post failed: before a connection (`refused-address`, `dns`), making one, or in what came over it. */
export type FailureReason = 'refused-address' | 'timeout' | 'connection' | 'tls' | 'dns' | 'protocol';

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  /** What the receiver asked for in `Retry-After`; absent when it asked for nothing or for nonsense. */
  readonly retryAfterMs?: number;
  /** The beginning of the body, at most 1,000 characters, all of them printable. */
  readonly body: string;
  readonly tookMs: number;
}

export interface Failed {
  readonly kind: 'failed';
  readonly reason: FailureReason;
  /** For the service's operator. The endpoint's owner may see what `describeFailure` makes of it. */
  readonly detail: string;
  readonly tookMs: number;
}

export type Answer = Answered | Failed;
