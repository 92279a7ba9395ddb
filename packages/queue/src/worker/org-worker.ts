/**
 * The consumer: holds lines of orgs, passes each org's items to `handle` in order, settles them, and sweeps
 * overdue orgs. Its guarantees hold if it crashes at any point.
 */
export interface OrgWorker {
  /**
   * Takes no more turns and finishes the batches in flight. At the deadline it drops them, and other workers
   * take them over after at most `lockDurationMs` + `stalledIntervalMs`. Default deadline 10,000.
   */
  close(options?: { deadlineMs?: number }): Promise<void>;
  /** True until `close` is called. Not a health check: use `OrgQueue.oldestAgeMs`. */
  isRunning(): boolean;
  /** Sweeps once, regardless of the lease, and resolves with the number of overdue orgs. */
  sweep(): Promise<number>;
}
