/**
 * Events of queues and workers for logs and metrics. Events need no reaction: ignoring all of them loses no
 * item. The kinds with the older word `turn`, a partition lease, are kept because they are metric labels.
 */
export type QueueEvent =
  /** Orgs entered partitions that no worker holds, and no lease could be added; the sweeper adds it later. */
  | { readonly kind: 'wake-failed'; readonly partitions: readonly number[]; readonly cause: Error }
  /**
   * A lease ended normally. `isYielded`: orgs are left in the partition, and another lease was
   * added.
   */
  | {
      readonly kind: 'turn-taken';
      readonly partition: number;
      readonly items: number;
      readonly tookMs: number;
      readonly isYielded: boolean;
    }
  /** A lease failed and is retried after the backoff. Nothing is lost. */
  | { readonly kind: 'turn-failed'; readonly partition: number; readonly cause: Error }
  /**
   * A batch failed through no fault of its items: its org rests for the backoff and is served again. Nothing
   * is lost.
   */
  | { readonly kind: 'batch-failed'; readonly orgId: string; readonly cause: Error }
  /** An item became a dead letter, and its org continues without it. */
  | { readonly kind: 'item-buried'; readonly orgId: string; readonly id: string; readonly cause: Error }
  /** A sweep found orgs whose oldest item is overdue, put them in their partitions and woke the partitions. */
  | { readonly kind: 'swept'; readonly orgs: number }
  | { readonly kind: 'sweep-failed'; readonly cause: Error }
  /**
   * Leases of this partition had no effect (such as a stray deduplication key), so the sweeper serves it
   * without one.
   */
  | { readonly kind: 'vain-drain'; readonly partition: number }
  /**
   * Locks were lost: another worker may have taken over these leases. Only the database prevents double
   * effects now.
   */
  | { readonly kind: 'lock-lost'; readonly leases: number }
  /** A lease whose worker died or froze was requeued. */
  | { readonly kind: 'turn-stalled'; readonly leaseId: string }
  /** A close reached its deadline and dropped batches in flight; another worker takes them over. */
  | { readonly kind: 'close-dropped'; readonly leases: number }
  /** More than `WAITED_IDS_MAX` ids are awaited; this wait returned at once. */
  | { readonly kind: 'waits-exhausted' }
  | { readonly kind: 'redis-error'; readonly connection: string; readonly cause: Error };

export type QueueEventListener = (event: QueueEvent) => void;

/** Converts any thrown value to an `Error`, because events carry errors. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
