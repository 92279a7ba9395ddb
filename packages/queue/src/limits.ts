/**
 * Every limit that is not an option. Each bounds one call, one message or one process, so that no input makes
 * a script, a reply or a map grow without a limit.
 */

/** Items of one unit. Larger: one script blocks Redis, and so every org of the shard, for longer. */
export const UNIT_ITEMS_MAX = 1_000;
/** Characters of an item id and of an org id. */
export const ID_CHARS_MAX = 200;

/**
 * Bytes of a payload stored in the mailbox's stream; larger payloads are stored beside it, and waiting items
 * show their summary. So a read of a stream copies at most this many bytes per entry. Part of the stored
 * format.
 */
export const PAYLOAD_ENTRY_BYTES_MAX = 4_096;

/**
 * Items gathered into one accept call. About 10 µs of Redis each. A unit is never split, so one unit may
 * exceed it.
 */
export const ACCEPT_CALL_ITEMS_MAX = 1_000;
/** Bytes gathered into one accept call; a larger unit is sent alone. */
export const ACCEPT_CALL_BYTES_MAX = 1_000_000;
/**
 * Items that one accept call delivers inline, with the wake-up. Higher: more idle orgs are served without a
 * take, which saves a round trip; but for many orgs at once, one take costs less than a message for each.
 */
export const INLINE_ITEMS_MAX = 16;
/** Bytes of the payloads of those items. */
export const INLINE_BYTES_MAX = 16_384;
/** Ids gathered into one find call. Each returns a payload or a result of at most 4 kB: a reply of 1 MB. */
export const FIND_CALL_IDS_MAX = 250;

/**
 * Partitions of a shard's orgs; workers share a shard by partitions. Part of the stored format, so it
 * never changes. More: finer shares for many workers, and more leases under low load.
 */
export const PARTITIONS = 32;
/**
 * How long a worker holds an inactive partition. Longer: an org that sends occasionally is served without a
 * lease more often; shorter: partitions move to other workers sooner. Also bounds the delay that a lost
 * message causes.
 */
export const LINGER_MS = 3_000;
/**
 * How long a partition that is to move waits for its batches in flight; after that it is served on, and moves
 * later.
 */
export const HAND_OVER_MS = 250;
/** How often a worker counts the workers. */
export const SHARE_CHECK_MS = 2_000;
/** How long a worker holds partitions beyond its share after it found that other workers do not take them. */
export const SPARE_MS = 60_000;
/** Items of one call that completes or hands out batches. About 10 µs of Redis each; one batch always fits. */
export const WORK_CALL_ITEMS_MAX = 1_000;
/**
 * Bytes of results of one call that completes batches; one with more is completed in several calls in
 * sequence.
 */
export const WORK_CALL_BYTES_MAX = 500_000;
/** Bytes of ids and results of one announcement. Every waiting process parses all of it. */
export const ANNOUNCED_BYTES_MAX = 256_000;
/**
 * Orgs of one shard that rest after a failure; beyond it a worker takes nothing, because the cause is not the
 * orgs.
 */
export const RESTING_ORGS_MAX = 1_000;
/** Pause after a take failed. */
export const TAKE_RETRY_MS = 100;
/**
 * Longest wait of a first batch that counts for the org's pace: it may have waited because no worker was
 * running.
 */
export const PACE_WAIT_MAX_MS = 5_000;
/** Orgs shown by one `listOrgs`. */
export const LIST_ORGS_MAX = 1_000;

/** Largest weight of an org; the default weight is 1. */
export const WEIGHT_MAX = 100;

/** Items shown by one `listWaiting`. */
export const LIST_WAITING_MAX = 1_000;
/** Bytes of payloads and summaries after which a page of `listWaiting` ends. */
export const LIST_WAITING_BYTES_MAX = 1_000_000;

/**
 * Orgs one process watches at once; a watch beyond it never calls. About 400 bytes each, here and in Redis.
 */
export const WATCHED_ORGS_MAX = 10_000;
/** Channels per SUBSCRIBE after the subscription was lost. */
export const SUBSCRIBE_CHANNELS_MAX = 500;
/** Minimum time between two calls of one watch: hundreds of items of a busy org may be completed per second. */
export const WATCH_REST_MS = 20;

/**
 * Ids one process waits for at once; beyond it a wait returns the known results at once. About 200 bytes
 * each.
 */
export const WAITED_IDS_MAX = 100_000;
/** Ids per look-up after the subscription was lost. */
export const RECHECK_IDS_MAX = 500;

/** Orgs per sweep page, and pages per sweep. The next sweep continues where this one ended. */
export const SWEEP_PAGE_ORGS = 200;
export const SWEEP_PAGES_MAX = 10;
/** Partitions that one sweeper serves without a lease concurrently. */
export const SWEEP_DRAINS_MAX = 8;

/** How long a measured pace is valid. Then it is deleted, so an inactive org takes no memory for it. */
export const PACE_TTL_MS = 60_000;
/** Bounds of `retryAfterMs`. Room further away than the upper bound is not promised. */
export const RETRY_AFTER_MIN_MS = 100;
export const RETRY_AFTER_MAX_MS = 600_000;
/** `retryAfterMs` of a paused org, which does not drain; it may be resumed by then. */
export const RETRY_AFTER_STILL_MS = 60_000;
/** Assumed time to drain a full mailbox while no pace is known. */
export const RETRY_AFTER_UNKNOWN_MS = 1_000;

/**
 * Factor on the measured ms per item when room is promised; the rest of the drain is for new callers. Less: a
 * refused burst gets shorter waits, and new callers take more of the promised room while a rush lasts.
 */
export const PROMISE_MARGIN = 4;
/**
 * Items whose drain time precedes the first promise, if the mailbox holds as many: the default `batchMax`.
 */
export const PROMISE_BATCH_ITEMS = 500;
/**
 * Paces by which a refusal delays promises while they are broken. More: they are kept again sooner, with
 * longer waits.
 */
export const PROMISE_DELAY_GAIN = 20;
/** Jitter of promises in steps, so that a rush of refusals is not followed by an equal rush of tries. */
export const PROMISE_JITTER_STEPS = 3;
/**
 * Share of tries that may find no room before promises are delayed further; far below the promised 5 %, as
 * rushes differ.
 */
export const PROMISE_LOSSES = 0.01;
/**
 * Maximum delay of promises, as a multiple of the time they have been broken. The remaining length of a rush
 * is about its length so far: of the callers that wait k times that long, one in k + 1 returns too early.
 */
export const PROMISE_DELAY_PER_SPELL = 16;
/**
 * Maximum factor by which the age of a mailbox's head may raise its pace. After a stop both are wrong for a
 * while.
 */
export const PROMISE_PACE_TRUST = 3;

/**
 * How long opening a connection waits for a Redis that is reachable and does not answer: a disk busy with a
 * restart or a snapshot delays it for seconds. If Redis cannot be reached, opening fails at once.
 */
export const OPENING_MS = 10_000;
/** Maximum backoff between reconnects: after an outage of any length work resumes within it. */
export const RECONNECT_DELAY_MAX_MS = 1_000;
/**
 * Events BullMQ keeps in its own stream. Nothing here reads them; its default of 10,000 only costs memory.
 */
export const LEASE_EVENTS_MAX = 100;
/**
 * Minimum interval between memory checks of Redis, and the share of `maxmemory` from which `accept` refuses.
 */
export const MEMORY_CHECK_INTERVAL_MS = 1_000;
export const MEMORY_HIGH_WATER = 0.9;
