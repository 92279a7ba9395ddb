// Every limit of the deliverer that is no setting. Each bounds what one page, one turn, one group or one process
// may take, so that no receiver and no backlog makes anything grow without end.

/**
 * Parts of the delivery turns. One org has at most a quarter, and one destination has at most a quarter. Of an org's
 * turns one endpoint has at most half: its callbacks are one endpoint. Of a destination's turns one org has a quarter.
 */
export const ORG_TURNS_PART = 1 / 4;
export const DESTINATION_TURNS_PART = 1 / 4;
export const ENDPOINT_PART_OF_ORG = 1 / 2;
export const ORG_PART_OF_DESTINATION = 1 / 4;
/** For how long a delivery without a turn or without a proof waits at least. Longer than `WAKE_REMEMBERED_MS`. */
export const REFUSED_MIN_MS = 200;

/** Posts of an org to one destination that has not answered it with 2xx, and to all of them: at once, and per minute. */
export const UNPROVEN_PER_MINUTE = 20;
export const UNPROVEN_ORG_PER_MINUTE = 600;
/** How long a 2xx proves a destination to an org, and how many posts in a row without a 2xx end that. */
export const PROOF_MS = 3_600_000;
export const PROOF_FAILURES_MAX = 20;
/** How far apart an org's deliveries to unproven destinations are looked at again. */
export const UNPROVEN_WAIT_EACH_MS = 20;

/** Posts of one group in flight at once. More: a slow receiver gets its backlog sooner, and is hit harder. */
export const ENDPOINT_PARALLEL_MAX = 8;
/** Deliveries of one batch. A batch is as slow as its slowest post, and only then does its turn go to the next group. */
export const BATCH_MAX = 32;
/** Wake-ups that one group may have waiting in Redis; what is due beyond them stays in PostgreSQL. */
export const GROUP_WAITING_MAX = 1_000;

/** In all for one attempt: name, connection, request, answer. Fifteen seconds are the published figure. */
export const POST_TIMEOUT_MS = 15_000;
/** Bytes read of an answer. */
export const ANSWER_BYTES_MAX = 65_536;

/**
 * How long an attempt belongs to whoever claimed it. Well above `POST_TIMEOUT_MS`, or a slow post is repeated while
 * it is under way; a delivery whose process died waits for this long.
 */
export const ATTEMPT_LEASE_MS = 60_000;
/**
 * How long a wake-up may lie in Redis before the delivery is woken again. Above what a group with a backlog needs
 * to come to it, or it is woken in vain; a Redis that lost its wake-ups costs a delay of this long.
 */
export const WAKE_LEASE_MS = 120_000;
/** How long Redis remembers a wake-up that was taken. Shorter than any deferral: the same wake-up must be new by then. */
export const WAKE_REMEMBERED_MS = 100;

/** Deliveries woken by one page. */
export const DUE_PAGE = 500;
/** Those of one endpoint that a walk wakes while there is a backlog: what it can have in flight. */
export const DUE_EACH = ENDPOINT_PARALLEL_MAX;
/** Endpoints with anything pending that one page of a walk looks at, some 10 us each. */
export const WALK_VISITS_MAX = 1_000;
/** Deliveries of one group woken by one call. */
export const WAKE_UNIT = 50;
/** How long a full group's deliveries are put off while its pace is unknown, and the bounds when it is known. */
export const FULL_UNKNOWN_MS = 1_000;
export const FULL_MIN_MS = 100;
export const FULL_MAX_MS = 60_000;
/** Endpoints that one page of the fan-out serves, and decisions that it tells each of them. */
export const FAN_OUT_ENDPOINTS = 16;
export const FAN_OUT_DECISIONS = 25;
/** Callbacks that one page makes. */
export const FAN_OUT_CALLBACKS = 200;
/**
 * What bounds a page of the fan-out when decisions are large: an atomic batch of 200 makes 201 deliveries for each
 * endpoint, of 1.4 to 2.2 million characters in all. A page has to be written within the time-out of a statement
 * (5 s) with room to spare on a busy machine, or it is tried for ever.
 */
export const FAN_OUT_DELIVERIES = 2_000;
export const FAN_OUT_CHARS = 8_388_608;
/** Rows that one page of the pruning removes. */
export const PRUNE_PAGE = 1_000;

/** What a loop that finds something now and then waits for, unless it is nudged, and what one that never does. */
export const IDLE_MS = 250;
export const IDLE_MAX_MS = 2_000;
/**
 * What a nudged loop waits for at least, so that a thousand commits a second are one look at the database in 25 ms; and
 * while nobody wants to hear of them, one in 100 ms.
 */
export const NUDGED_MS = 25;
export const NUDGED_MAX_MS = 100;
/** How often wake-ups that were lost are looked for. Half as often as bookings: the loops above find most of them as well. */
export const WAKE_SWEEP_MS = 2_000;
export const PRUNE_IDLE_MS = 3_600_000;
/** How often the age of the oldest due delivery is looked at. */
export const WATCH_IDLE_MS = 5_000;

/** Time-outs and failed connections in a row after which a group is left alone, and for how long. */
export const BREAKER_TIMEOUTS = 2;
/** Groups of an org that fail in a row at one destination before all of them are left alone there. */
export const DESTINATION_BREAKER_GROUPS = 8;
export const BREAKER_OPEN_MIN_MS = 5_000;
export const BREAKER_OPEN_MAX_MS = 300_000;
/** While one post is let through to see, the others wait for as long as it may take. */
export const BREAKER_PROBE_MS = POST_TIMEOUT_MS;
/** How far apart the deliveries of a group come that was left alone. */
export const REOPENED_EACH_MS = 2;
/** For how long a delivery is put off at most because of those before it. */
export const SPREAD_MAX_MS = 600_000;
/** Groups whose troubles one process remembers, about 200 bytes each. A forgotten one begins anew. */
export const TROUBLED_GROUPS_MAX = 10_000;
