/**
 * Everything a queue or worker wants to say to logs and metrics. Events report, they never ask for
 * anything: whoever drops them all loses no item.
 */
export type QueueEvent =
  /** Accepted, but no turn could be added; the sweeper gives the orgs one. */
  | { readonly kind: 'wake-failed'; readonly orgIds: readonly string[]; readonly cause: Error }
  /** One turn ended well. `isYielded`: its slice was used up and it went to the tail of the line. */
  | {
      readonly kind: 'turn-taken';
      readonly orgId: string;
      readonly items: number;
      readonly tookMs: number;
      readonly isYielded: boolean;
    }
  /** One turn ended badly and comes again after the backoff. Nothing is lost. */
  | { readonly kind: 'turn-failed'; readonly orgId: string; readonly cause: Error }
  /** An item went to the dead letters and the line went on without it. */
  | { readonly kind: 'item-buried'; readonly orgId: string; readonly id: string; readonly cause: Error }
  /** A sweep found orgs whose oldest item waited too long and gave them turns. */
  | { readonly kind: 'swept'; readonly orgs: number }
  | { readonly kind: 'sweep-failed'; readonly cause: Error }
  /** Turns came to nothing for this org (a stray deduplication key), so the sweeper empties it itself. */
  | { readonly kind: 'vain-drain'; readonly orgId: string }
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
