/** Arguments of `handle` and `bury`. Items of a batch are in the order of acceptance. */
export interface WorkBatch<T> {
  readonly orgId: string;
  /** At least one. */
  readonly items: readonly WorkItem<T>[];
}

export interface WorkItem<T> {
  readonly id: string;
  readonly payload: T;
  readonly fingerprint?: string;
}

export interface BuriedItem {
  readonly id: string;
  readonly orgId: string;
  /** The payload as it was accepted. */
  readonly raw: string;
  readonly fingerprint?: string;
  /** When Redis appended it, in milliseconds since 1970 by the clock of Redis. */
  readonly acceptedAtMs: number;
  /** The error thrown by `parse` or `handle`. */
  readonly cause: Error;
}
