/**
 * Every limit that is not an option. Each bounds what one call, one message or one process may take,
 * so that no input makes a script, a reply or a map grow without end.
 */

/** Items of one unit. Larger: one script blocks Redis for longer, and with it every org of the shard. */
export const UNIT_ITEMS_MAX = 1_000;
/** Characters of an item id and of an org id. */
export const ID_CHARS_MAX = 200;

/**
 * Bytes of a payload that lies in its mailbox's stream; a larger one lies beside it, and what waits shows the summary that came
 * with it. So whatever reads a stream copies at most as many bytes for each entry. Part of what is in Redis.
 */
export const PAYLOAD_INLINE_BYTES_MAX = 4_096;

/** Items gathered into one accept call. About 10 µs of Redis each. A unit is never cut, so a call may hold one unit more. */
export const ACCEPT_CALL_ITEMS_MAX = 1_000;
/** Bytes gathered into one accept call; a single larger unit still goes, alone. */
export const ACCEPT_CALL_BYTES_MAX = 1_000_000;
/**
 * Items that one accept call hands to the workers with their wake-up. More: an org that was idle is served without a take, which
 * spares two ways between processes; but of many at once one take finds all, for less than telling each costs.
 */
export const HANDED_ITEMS_MAX = 16;
/** Bytes of their payloads. */
export const HANDED_BYTES_MAX = 16_384;
/** Ids gathered into one find call. Each brings back a payload or a result of at most 4 kB: a reply of 1 MB. */
export const FIND_CALL_IDS_MAX = 250;

/**
 * Lines that the orgs of a shard are spread over: what workers can share a shard by. Part of what is in Redis, so it
 * never changes. More: finer shares for many workers, and more turns that come and go while little is to do.
 */
export const LINES = 32;
/**
 * How long a worker holds a line in which nothing happens. Longer: an org that sends now and then is served without a turn
 * more often; shorter: lines move to other workers sooner. Also bounds what a lost message costs.
 */
export const LINGER_MS = 3_000;
/** How long a line waits for what is in hand before it moves to another worker; then it is served on, and moves later. */
export const HAND_OVER_MS = 250;
/** How often a worker looks how many others there are. */
export const SHARE_CHECK_MS = 2_000;
/** How long a worker holds lines beyond its share, when it found them waiting for others that do not take them. */
export const SPARE_MS = 60_000;
/** Items of one call that settles or hands out batches. About 10 µs of Redis each; one batch always fits. */
export const WORK_CALL_ITEMS_MAX = 1_000;
/** Bytes of results of one call that settles: a batch with more is settled in several calls, one after the other. */
export const WORK_CALL_BYTES_MAX = 500_000;
/** Bytes of ids and results of one announcement. All processes that wait parse all of it. */
export const ANNOUNCED_BYTES_MAX = 256_000;
/** Orgs of one shard that rest after a failure; beyond it a worker takes nothing, because it is not the orgs' fault. */
export const RESTING_ORGS_MAX = 1_000;
/** Pause after Redis refused to hand out batches. */
export const TAKE_RETRY_MS = 100;
/** Most that waiting for a first batch may make of the org's pace: it may have waited for a worker to be there at all. */
export const PACE_WAIT_MAX_MS = 5_000;
/** Orgs shown by one `listOrgs`. */
export const LIST_ORGS_MAX = 1_000;

/** Share of the heaviest org, where everybody has 1. */
export const WEIGHT_MAX = 100;

/** Items shown by one `listWaiting`. */
export const LIST_WAITING_MAX = 1_000;
/** Bytes of payloads and summaries from which on a page of `listWaiting` ends. */
export const LIST_WAITING_BYTES_MAX = 1_000_000;

/** Orgs one process watches at once; beyond it a watch never calls. About 400 bytes here and in Redis each. */
export const WATCHED_ORGS_MAX = 10_000;
/** Channels subscribed in one go after the subscription was away. */
export const SUBSCRIBE_CHANNELS_MAX = 500;
/** Shortest time between two calls of one watch: a busy org settles hundreds of times a second. */
export const WATCH_REST_MS = 20;

/** Ids one process waits for at once; beyond it a wait answers with what is known. About 200 bytes each. */
export const WAITED_IDS_MAX = 100_000;
/** Ids asked for again in one go after the subscription was away. */
export const RECHECK_IDS_MAX = 500;

/** Orgs one sweep page looks at, and pages of one sweep. The next sweep goes on where this one ended. */
export const SWEEP_PAGE_ORGS = 200;
export const SWEEP_PAGES_MAX = 10;
/** Lines one sweeper serves without a turn at the same time. */
export const SWEEP_DRAINS_MAX = 8;

/** How long a measured pace is believed. An org that is quiet for longer costs no memory for it. */
export const PACE_TTL_MS = 60_000;
/** Bounds of `retryAfterMs`. The upper one ends what it promises: room that is further away is promised to nobody. */
export const RETRY_AFTER_MIN_MS = 100;
export const RETRY_AFTER_MAX_MS = 600_000;
/** `retryAfterMs` of a paused org, which drains nothing: somebody may have resumed it by then. */
export const RETRY_AFTER_STILL_MS = 60_000;
/** What a whole mailbox is taken to need while no pace is known. */
export const RETRY_AFTER_UNKNOWN_MS = 1_000;

/**
 * Times the measured pace at which room is promised: the rest is for those who come for the first time. Less: a burst
 * that is refused is told shorter waits, and more promises are taken away by newcomers while a rush goes on.
 */
export const PROMISE_MARGIN = 4;
/** Items, of a mailbox that holds as many, whose time lies before the first promise: the default `batchMax`. */
export const PROMISE_BATCH_ITEMS = 500;
/** Paces by which a refusal delays promises while they are not kept. More: sooner kept again, and longer waits. */
export const PROMISE_DELAY_GAIN = 20;
/** Steps over which promises are spread at random, so that a rush of refusals is not followed by the same rush of tries. */
export const PROMISE_JITTER_STEPS = 3;
/** Share of tries that may find no room before promises are delayed further; well under the 5 % that is promised: rushes differ. */
export const PROMISE_LOSSES = 0.01;
/**
 * Times as long as promises were not kept that they are delayed at most. A rush of new clients lasts about as long again
 * as it has lasted: of those told to wait k times as long, one in k + 1 comes too early.
 */
export const PROMISE_DELAY_PER_SPELL = 16;
/** Times the measured pace that the age of a mailbox's head may make of it. After a stop both are wrong for a while. */
export const PROMISE_PACE_TRUST = 3;

/**
 * How long whoever opens a connection waits for a Redis that is there and does not answer: a disk that is busy with a restart or a
 * snapshot holds it up for seconds. Where nobody is there at all, opening fails at once.
 */
export const OPENING_MS = 10_000;
/** Longest pause between two tries to reconnect: after an outage of any length work resumes within it. */
export const RECONNECT_DELAY_MAX_MS = 1_000;
/** Events BullMQ keeps in its own stream. Nothing here reads them; its default of 10,000 only costs memory. */
export const TURN_EVENTS_MAX = 100;
/** How often the memory of Redis is looked at at most, and the share of `maxmemory` from which nothing is accepted any more. */
export const MEMORY_CHECK_INTERVAL_MS = 1_000;
export const MEMORY_HIGH_WATER = 0.9;
