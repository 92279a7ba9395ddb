// Every limit of the deliverer that is not a setting. Each one bounds what a page, a turn, a group or a
// process may use, so that neither a receiver nor a backlog causes unbounded growth.

/**
 * Shares of the delivery turns. One org has at most a quarter, and one destination has at most a quarter.
 * Within an org's turns, one endpoint has at most half; all callbacks of an org count as one endpoint. Within
 * a destination's turns, one org has at most a quarter.
 */
export const ORG_TURNS_PART = 1 / 4;
export const DESTINATION_TURNS_PART = 1 / 4;
export const ENDPOINT_PART_OF_ORG = 1 / 2;
export const ORG_PART_OF_DESTINATION = 1 / 4;
/**
 * Minimum wait of a delivery without a turn or to an unproven destination. Longer than `WAKE_REMEMBERED_MS`.
 */
export const REFUSED_MIN_MS = 200;
/**
 * A delivery without a turn is examined again within this time, or within the time for which the turns have
 * already been crowded.
 */
export const CROWDED_WAIT_MS = 1_000;

/**
 * Burst and posts per minute of an org to one destination that has not answered it with 2xx, and to all of
 * them.
 */
export const UNPROVEN_PER_MINUTE = 20;
export const UNPROVEN_ORG_PER_MINUTE = 600;
/** How long a 2xx proves a destination to an org, and how many posts in a row without a 2xx end that. */
export const PROOF_MS = 3_600_000;
export const PROOF_FAILURES_MAX = 20;
/**
 * Interval at which an org's postponed deliveries to unproven destinations are tried again, one at a time.
 */
export const UNPROVEN_WAIT_EACH_MS = 20;

/**
 * Posts of one group in flight at once. A higher value drains a slow receiver's backlog sooner, under more
 * load.
 */
export const ENDPOINT_PARALLEL_MAX = 8;
/** Deliveries of one batch. The turn is passed to the next group only after the slowest post of the batch. */
export const BATCH_MAX = 32;
/** Wake-ups that one group may have waiting in Redis; what is due beyond them stays in PostgreSQL. */
export const GROUP_WAITING_MAX = 1_000;

/** Total time of one attempt: DNS, connection, request, response. Fifteen seconds is the published figure. */
export const POST_TIMEOUT_MS = 15_000;
/** Bytes read of a response body. */
export const ANSWER_BYTES_MAX = 65_536;

/**
 * Lease of an attempt. Well above `POST_TIMEOUT_MS`, otherwise a slow post would be repeated while it is in
 * flight. After a process died, its delivery waits for this long.
 */
export const ATTEMPT_LEASE_MS = 60_000;
/**
 * Lease of a wake-up in Redis; after it the delivery is woken again. Longer than a group with a backlog needs
 * to reach it, which avoids useless wake-ups. If Redis loses wake-ups, their deliveries are delayed by this
 * long.
 */
export const WAKE_LEASE_MS = 120_000;
/**
 * How long Redis remembers a processed wake-up. Shorter than any deferral, after which the same id must be
 * new.
 */
export const WAKE_REMEMBERED_MS = 100;

/** Deliveries woken by one page. */
export const DUE_PAGE = 500;
/** Deliveries of one endpoint that a scan wakes while there is a backlog: as many as can be in flight. */
export const DUE_EACH = ENDPOINT_PARALLEL_MAX;
/** Endpoints with pending deliveries that one page of a scan visits, about 10 us each. */
export const WALK_VISITS_MAX = 1_000;
/** Deliveries of one group woken by one call. */
export const WAKE_UNIT = 50;
/**
 * How long the deliveries of a full group are postponed while its pace is unknown, and the bounds when it is
 * known.
 */
export const FULL_UNKNOWN_MS = 1_000;
export const FULL_MIN_MS = 100;
export const FULL_MAX_MS = 60_000;
/**
 * Endpoints that one page of the fan-out serves, and decisions that it turns into deliveries for each of
 * them.
 */
export const FAN_OUT_ENDPOINTS = 16;
export const FAN_OUT_DECISIONS = 25;
/** Callbacks that one page creates. */
export const FAN_OUT_CALLBACKS = 200;
/**
 * Bounds of a fan-out page when decisions are large: an atomic batch of 200 makes 201 deliveries for each
 * endpoint, 1.4 to 2.2 million characters in total. A page must be written well within the statement timeout
 * (5 s), also on a busy machine; otherwise it would be retried indefinitely.
 */
export const FAN_OUT_DELIVERIES = 2_000;
export const FAN_OUT_CHARS = 8_388_608;
/** Rows that one page of pruning deletes. */
export const PRUNE_PAGE = 1_000;

/**
 * Shortest and longest pause of an idle loop that is not nudged; the pause doubles while it finds nothing.
 */
export const IDLE_MS = 250;
export const IDLE_MAX_MS = 2_000;
/**
 * Shortest and longest pause of a nudged loop. At a thousand commits a second it queries the database once
 * per 25 ms, and once per 100 ms while no endpoint subscribes to them.
 */
export const NUDGED_MS = 25;
export const NUDGED_MAX_MS = 100;
/**
 * Sweep interval for lost wake-ups. Twice that for bookings, because the loops above also find most of them.
 */
export const WAKE_SWEEP_MS = 2_000;
export const PRUNE_IDLE_MS = 3_600_000;
/** How often the age of the oldest due delivery is measured. */
export const WATCH_IDLE_MS = 5_000;

/** Consecutive timeouts and failed connections that open the circuit breaker of a group. */
export const BREAKER_TIMEOUTS = 2;
/**
 * Groups of an org that fail consecutively at one destination and so open the breaker for all of them there.
 */
export const DESTINATION_BREAKER_GROUPS = 8;
export const BREAKER_OPEN_MIN_MS = 5_000;
export const BREAKER_OPEN_MAX_MS = 300_000;
/**
 * While a half-open breaker lets one probe post through, the others wait for the longest time it may take.
 */
export const BREAKER_PROBE_MS = POST_TIMEOUT_MS;
/** Interval between the deliveries of a group after its breaker was open. */
export const REOPENED_EACH_MS = 2;
/** Longest time for which a delivery is postponed because of those before it. */
export const SPREAD_MAX_MS = 600_000;
/**
 * Groups with failures that one process remembers, about 200 bytes each. A forgotten group starts from zero.
 */
export const TROUBLED_GROUPS_MAX = 10_000;
