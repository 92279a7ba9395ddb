/**
 * The consumer side: holds lines of orgs, hands each org's items in order to `handle`, settles them, and sweeps up
 * what was left lying. What a worker promises does not depend on it staying alive.
 */
export interface OrgWorker {
  /**
   * Takes no more turns and finishes the batches in hand; at the deadline drops them, and other workers
   * take them up after `lockDurationMs` + `stalledIntervalMs` at the latest. Default deadline 10,000.
   */
  close(options?: { deadlineMs?: number }): Promise<void>;
  /** True until `close` is called. Says nothing of health: that is `OrgQueue.oldestAgeMs`. */
  isRunning(): boolean;
  /** Sweeps once, whoever has the lease, and resolves with the number of orgs that were overdue. */
  sweep(): Promise<number>;
}
