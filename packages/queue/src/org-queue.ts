/**
 * The producer side: accepts items into the mailboxes of their orgs and tells what became of them.
 * An item is accepted exactly when `accept` resolves with it; an error means unknown, and the same ids can
 * be sent again. Deciding is left to `OrgWorker`.
 */
import type { Acceptance, NewItem } from './acceptance.ts';
import type { Durability } from './durability.ts';
import type { OrgInspection } from './inspect-orgs.ts';
import type { Elsewhere, ItemState, WaitingPage } from './item-state.ts';
import type { QueueEventListener } from './queue-event.ts';
import type { QueueTarget } from './queue-target.ts';
import type { Expectation, WaitLimits } from './settled-waits.ts';

export interface OrgQueueOptions<T = unknown> extends QueueTarget {
  /** Items one org may have waiting. Higher: one org may take more of Redis's memory. Default 10,000. */
  mailboxMax?: number;
  /**
   * Bytes of payloads one org may have waiting; a unit always fits into an empty mailbox. Equal in all processes that
   * accept, like `mailboxMax`. Higher: as above. Default 16 MiB.
   */
  mailboxBytesMax?: number;
  /**
   * Says what `find`, `listWaiting` and replays show of an item whose payload has more than `PAYLOAD_INLINE_BYTES_MAX` (4,096) bytes,
   * in the place of the payload. Anything JSON can carry, and small. Must not throw. Default: nothing is shown.
   */
  summarize?(payload: T): unknown;
  /**
   * Refused callers are told to wait whole multiples of this. It must be what they can be told: HTTP's `Retry-After` knows
   * whole seconds, and promises made more finely would be rounded into each other. Longer: a mailbox that drains in
   * less than a step stands empty between two. Default 1,000.
   */
  retryAfterStepMs?: number;
  /**
   * Replicas that must have an item before `accept` resolves. Narrows the loss at a failover, does not rule it
   * out; each accept costs one more round trip. Not on a cluster. See `commandTimeoutMs`. Default 0.
   */
  minReplicas?: number;
  /**
   * How long a command may take. Shorter: more answers of "unknown" under load; longer: callers wait longer
   * for a Redis that is away. Default 1,000.
   */
  commandTimeoutMs?: number;
  /** Called for what logs and metrics want to know. Must not throw. Default: nobody listens. */
  onEvent?: QueueEventListener;
}

/** Every method but `settled`, `expect`, `watch` and `close` rejects with `QueueUnavailableError` when Redis cannot do it. */
export interface OrgQueue<T, R> {
  /**
   * Accepts one unit of 1 to 1,000 items of any orgs, in order, all of it or nothing. Once it resolves with
   * `accepted`, every item is in its mailbox or was there before, as durable as Redis is set up to be.
   */
  accept(items: readonly NewItem<T>[]): Promise<Acceptance<T, R>>;
  /** One state an id, in order; `undefined` for ids never seen or settled longer ago than the worker keeps them. */
  find(ids: readonly string[]): Promise<readonly (ItemState<T, R> | undefined)[]>;
  /**
   * Waits until all are settled, at most `timeoutMs` or until the abort; `undefined` for those that are not, and `ELSEWHERE` for
   * those whose result is too large to be kept here. Never rejects.
   */
  settled(ids: readonly string[], limits: WaitLimits): Promise<readonly (R | Elsewhere | undefined)[]>;
  /**
   * The same for items that are accepted after this call: their results are kept as soon as they are announced, so
   * waiting costs Redis nothing. For those that turn out to be replayed it may miss what was announced before it.
   * Must be waited for or ended.
   */
  expect(ids: readonly string[]): Expectation<R>;
  /**
   * Calls `listener` soon after something of the org settled, on whichever worker; once more when listening has
   * begun and after each reconnect, because what settled before was announced to nobody. A hint: it may come
   * late, more than once or never (beyond `WATCHED_ORGS_MAX` orgs of one process never), so whoever watches
   * also looks now and then. The listener must not throw. Returns the end of the watch.
   */
  watch(orgId: string, listener: () => void): () => void;
  /**
   * What of the org waits to be settled, newest first, at most `limit` (1 to `LIST_WAITING_MAX`) items, and fewer when they have
   * more than `LIST_WAITING_BYTES_MAX` bytes. `next` is there when older ones follow, and is the `before` that shows them. Throws a `RangeError` on a
   * `before` that is no stream id. Items that settle between two pages are in neither or in the first only.
   */
  listWaiting(orgId: string, page: { limit: number; before?: string }): Promise<WaitingPage<T>>;
  inspect(orgId: string): Promise<OrgInspection>;
  /**
   * Orgs with something waiting, longest waiting first, and behind them idle ones that are paused or have a weight,
   * by name; at most 1,000. Of more idle ones than that, any may be left out.
   */
  listOrgs(limit: number): Promise<readonly OrgInspection[]>;
  /** Age of the oldest item of any org that is not paused; 0 when none waits. The health of the whole pipeline. */
  oldestAgeMs(): Promise<number>;
  /** Items are still accepted; the batch in hand is finished, then the org stands still. */
  pause(orgId: string): Promise<void>;
  resume(orgId: string): Promise<void>;
  /**
   * Gives the org `weight` (1 to 100) times the share of everybody else while there is more to do than can be done, from its
   * next batch on. As durable as the mailboxes. Throws a `RangeError` on any other weight. 1 is what every org has.
   */
  setWeight(orgId: string, weight: number): Promise<void>;
  /** Redis is so full that `accept` refuses; as of the last look, at most a second ago. Costs nothing. */
  isNearlyFull(): boolean;
  /** Whether the connection that accepts is there: without it `accept` can only fail. Costs nothing. */
  isConnected(): boolean;
  durability(): Promise<Durability>;
  ping(): Promise<void>;
  /** Ends waits with what is there, lets what was sent come back, then disconnects. */
  close(): Promise<void>;
}
