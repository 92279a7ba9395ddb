/**
 * Everything a queue or worker wants to say to logs and metrics. Events report, they never ask for
 * anything: whoever drops them all loses no item.
 */
export type QueueEvent =
  /** Orgs came into lines that no worker holds, and no turn could be added; the sweeper does it later. */
  | { readonly kind: 'wake-failed'; readonly lines: readonly number[]; readonly cause: Error }
  /** One turn of a line ended well. `isYielded`: something is left in it, and it comes again. */
  | {
      readonly kind: 'turn-taken';
      readonly line: number;
      readonly items: number;
      readonly tookMs: number;
      readonly isYielded: boolean;
    }
  /** One turn of a line ended badly and comes again after the backoff. Nothing is lost. */
  | { readonly kind: 'turn-failed'; readonly line: number; readonly cause: Error }
  /** A batch failed by no fault of its items: its org rests for the backoff and is served again. Nothing is lost. */
  | { readonly kind: 'batch-failed'; readonly orgId: string; readonly cause: Error }
  /** An item went to the dead letters and the line went on without it. */
  | { readonly kind: 'item-buried'; readonly orgId: string; readonly id: string; readonly cause: Error }
  /** A sweep found orgs whose oldest item waited too long, put them in line and woke their lines. */
  | { readonly kind: 'swept'; readonly orgs: number }
  | { readonly kind: 'sweep-failed'; readonly cause: Error }
  /** Turns of this line came to nothing (a stray deduplication key), so the sweeper serves it without one. */
  | { readonly kind: 'vain-drain'; readonly line: number }
  /** Another worker may have taken this worker's turns over. Only the database can tell now. */
  | { readonly kind: 'lock-lost'; readonly turns: number }
  /** A turn whose worker died or froze was put back in line. */
  | { readonly kind: 'turn-stalled'; readonly turnId: string }
  /** A close came to its deadline and dropped what was in hand; another worker takes it up. */
  | { readonly kind: 'close-dropped'; readonly turns: number }
  /** More ids are being waited for than `WAITED_IDS_MAX`; this wait answered at once. */
  | { readonly kind: 'waits-exhausted' }
  | { readonly kind: 'redis-error'; readonly connection: string; readonly cause: Error };

export type QueueEventListener = (event: QueueEvent) => void;
