/**
 * The producer: accepts items into the mailboxes of their orgs and reports their state. An item is accepted
 * exactly when `accept` resolves with it; after an error the outcome is unknown, and sending the same ids
 * again is safe. `OrgWorker` decides the items.
 */
import type { QueueEventListener } from '../queue-event.ts';
import type { QueueTarget } from '../redis/queue-target.ts';
import type { Acceptance, NewItem } from './acceptance.ts';
import type { Expectation, WaitLimits } from './completion-waits.ts';
import type { Durability } from './durability.ts';
import type { Elsewhere, ItemState, WaitingPage } from './item-state.ts';
import type { OrgInspection } from './operate-orgs.ts';

export interface OrgQueueOptions<T = unknown> extends QueueTarget {
  /**
   * Maximum number of waiting items per org. Higher: one org may take more of Redis's memory. Default 10,000.
   */
  mailboxMax?: number;
  /**
   * Maximum bytes of waiting payloads per org; a unit always fits into an empty mailbox. Like `mailboxMax`,
   * it must be equal in all producers. Higher: as above. Default 16 MiB.
   */
  mailboxBytesMax?: number;
  /**
   * Makes what `find`, `listWaiting` and replays show instead of a payload of more than
   * `PAYLOAD_ENTRY_BYTES_MAX` (4,096) bytes. The result must be small and valid JSON. Must not throw.
   * Default: nothing is shown.
   */
  summarize?(payload: T): unknown;
  /**
   * `retryAfterMs` is a multiple of this. It must match the resolution that callers see: HTTP's `Retry-After`
   * has whole seconds, and finer promises would be rounded to the same second. Longer: a mailbox that drains
   * in less than a step is empty until the next one. Default 1,000.
   */
  retryAfterStepMs?: number;
  /**
   * Replicas that must have an item before `accept` resolves. Reduces the loss at a failover and does not
   * exclude it; each accept costs one more round trip. Not available on a cluster. See `commandTimeoutMs`.
   * Default 0.
   */
  minReplicas?: number;
  /**
   * How long a command may take. Shorter: more "unknown" outcomes under load; longer: callers wait longer for
   * an unavailable Redis. Default 1,000.
   */
  commandTimeoutMs?: number;
  /** Receives events for logs and metrics. Must not throw. Default: events are dropped. */
  onEvent?: QueueEventListener;
}

/**
 * All methods except `completed`, `expect`, `watch` and `close` reject with `QueueUnavailableError` if Redis
 * fails.
 */
export interface OrgQueue<T, R> {
  /**
   * Accepts one unit of 1 to 1,000 items of any orgs, in order, as a whole or not at all. Once it resolves
   * with `accepted`, every item is in its mailbox or was accepted before; it is as durable as Redis is
   * configured.
   */
  accept(items: readonly NewItem<T>[]): Promise<Acceptance<T, R>>;
  /**
   * One state per id, in order; `undefined` for ids never accepted, or completed longer than `completedTtlMs`
   * ago.
   */
  find(ids: readonly string[]): Promise<readonly (ItemState<T, R> | undefined)[]>;
  /**
   * Waits until all are completed, the timeout or the abort. Returns `undefined` for items that are not
   * completed, and `ELSEWHERE` for those whose result is too large to be kept here. Never rejects.
   */
  completed(ids: readonly string[], limits: WaitLimits): Promise<readonly (R | Elsewhere | undefined)[]>;
  /**
   * Like `completed`, for items that are accepted after this call. Results are collected as they are announced,
   * so waiting sends no command to Redis. Results of replayed items that were announced before the call may
   * be missed. The caller must await the result or call `end`.
   */
  expect(ids: readonly string[]): Expectation<R>;
  /**
   * Calls `listener` soon after an item of the org was completed, on any worker. Also calls it once after
   * subscribing and after each reconnect, because earlier messages were missed. A call is a hint: it may be
   * late, repeated or missing (always missing beyond `WATCHED_ORGS_MAX` orgs per process), so the watcher
   * must also poll at intervals. The listener must not throw. Returns a function that ends the watch.
   */
  watch(orgId: string, listener: () => void): () => void;
  /**
   * Lists the org's waiting items, newest first: at most `limit` (1 to `LIST_WAITING_MAX`), and fewer when
   * they have more than `LIST_WAITING_BYTES_MAX` bytes. `next` is present when older items follow; pass it as
   * `before`. Throws a `RangeError` if `before` is not a stream id. Items completed between two pages are
   * in neither or only in the first.
   */
  listWaiting(orgId: string, page: { limit: number; before?: string }): Promise<WaitingPage<T>>;
  inspect(orgId: string): Promise<OrgInspection>;
  /**
   * Orgs with waiting items, longest waiting first; then idle orgs that are paused or have a weight, by name;
   * at most 1,000. If there are more idle ones, an arbitrary subset is returned.
   */
  listOrgs(limit: number): Promise<readonly OrgInspection[]>;
  /**
   * Age of the oldest item of any org that is not paused; 0 when none waits. The health metric of the
   * pipeline.
   */
  oldestAgeMs(): Promise<number>;
  /** Stops serving the org after its batch in flight. Items are still accepted. */
  pause(orgId: string): Promise<void>;
  resume(orgId: string): Promise<void>;
  /**
   * Gives the org `weight` (1 to 100) times the share of an org with the default of 1 while there is more
   * work than capacity, from its next batch on. As durable as the mailboxes. Throws a `RangeError` on any
   * other weight.
   */
  setWeight(orgId: string, weight: number): Promise<void>;
  /**
   * Whether Redis is so full that `accept` refuses, as of the last check. Returns without waiting for Redis.
   */
  isNearlyFull(): boolean;
  /** Whether the connection used by `accept` is ready. Sends no command. */
  isConnected(): boolean;
  durability(): Promise<Durability>;
  ping(): Promise<void>;
  /** Ends waits with the results so far, awaits commands in flight, then disconnects. */
  close(): Promise<void>;
}
