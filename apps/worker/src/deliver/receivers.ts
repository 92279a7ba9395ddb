// Decides whether a group may have a turn and whether a turn may post. Combines the turn limits, the circuit
// breakers and the limits for unproven destinations.

import { createBreakers, type Breakers } from './breakers.ts';
import { ownersOf } from './delivery-group.ts';
import {
  BREAKER_OPEN_MAX_MS,
  BREAKER_OPEN_MIN_MS,
  BREAKER_PROBE_MS,
  BREAKER_TIMEOUTS,
  CROWDED_WAIT_MS,
  DESTINATION_BREAKER_GROUPS,
  PROOF_FAILURES_MAX,
  PROOF_MS,
  REFUSED_MIN_MS,
  REOPENED_EACH_MS,
  TROUBLED_GROUPS_MAX,
  UNPROVEN_WAIT_EACH_MS,
} from './limits.ts';
import type { Wait } from './put-off.ts';
import { createTurnShares, type TurnLimits } from './turn-shares.ts';
import { createUnprovenPosts, type UnprovenKnobs } from './unproven-posts.ts';

/**
 * The result of a post: a 2xx, another response, no response, a failure that says nothing about the
 * receiver's health, or no post at all.
 */
export type PostEnd = 'taken' | 'answered' | 'trouble' | 'failed' | 'none';

/**
 * How long the breaker is open because of this post; `undefined` when it did not open or was already open.
 */
export type EndPost = (end: PostEnd) => number | undefined;

type Admission<T> = { readonly kind: 'wait'; readonly wait: Wait } | ({ readonly kind: 'go' } & T);

export interface Receivers {
  /** Why the group's deliveries must not be woken now; `undefined` when they may. */
  waitOf(group: string): Wait | undefined;
  /** After `go`, call `end` once. */
  beginTurn(group: string): Admission<{ end(): void }>;
  /** After `go`, call `end` once. */
  beginPost(group: string): Admission<{ readonly end: EndPost }>;
}

export interface ReceiverKnobs {
  readonly limits: TurnLimits;
  readonly unproven: Pick<UnprovenKnobs, 'perMinute' | 'orgPerMinute'>;
}

export function createReceivers({ limits, unproven }: ReceiverKnobs): Receivers {
  const now = () => performance.now();
  const shares = createTurnShares({
    limits,
    waitMinMs: REFUSED_MIN_MS,
    crowdedMinMs: CROWDED_WAIT_MS,
    now,
  });
  const posts = createUnprovenPosts({
    ...unproven,
    provenMs: PROOF_MS,
    failuresMax: PROOF_FAILURES_MAX,
    waitMinMs: REFUSED_MIN_MS,
    waitEachMs: UNPROVEN_WAIT_EACH_MS,
    entriesMax: TROUBLED_GROUPS_MAX,
    now,
  });
  const breakers = createReceiverBreakers(now);

  const waitForPost = (group: string): Wait | undefined => {
    const notBeforeMs = breakers.openForMs(group);
    if (notBeforeMs > 0) return { key: group, notBeforeMs, eachMs: REOPENED_EACH_MS, per: 'delivery' };
    return posts.waitOf(group);
  };
  return {
    waitOf: (group) => waitForPost(group) ?? shares.waitOf(group),
    beginTurn(group) {
      const wait = shares.waitOf(group);
      return wait === undefined ? { kind: 'go', end: shares.begin(group) } : { kind: 'wait', wait };
    },
    beginPost(group) {
      const wait = waitForPost(group);
      if (wait !== undefined) return { kind: 'wait', wait };
      breakers.admit(group);
      const endUnproven = posts.begin(group);
      const end: EndPost = (how) => {
        endUnproven(how === 'none' ? undefined : how === 'taken');
        return breakers.ended(group, how);
      };
      return { kind: 'go', end };
    },
  };
}

interface ReceiverBreakers extends Pick<Breakers, 'openForMs' | 'admit'> {
  ended(group: string, end: PostEnd): number | undefined;
}

/**
 * One breaker per group, and one for all groups of an org at one destination. The latter counts groups
 * instead of posts, because one hanging endpoint says nothing about another endpoint on the same host.
 */
function createReceiverBreakers(now: () => number): ReceiverBreakers {
  const knobs = {
    openMinMs: BREAKER_OPEN_MIN_MS,
    openMaxMs: BREAKER_OPEN_MAX_MS,
    probeMs: BREAKER_PROBE_MS,
    groupsMax: TROUBLED_GROUPS_MAX,
    now,
  };
  const groups = createBreakers({ ...knobs, timeoutsMax: BREAKER_TIMEOUTS });
  const destinations = createBreakers({ ...knobs, timeoutsMax: DESTINATION_BREAKER_GROUPS });
  const openForMs = (group: string) =>
    Math.max(groups.openForMs(group), destinations.openForMs(destinationOf(group)));

  const failed = (group: string): number | undefined => {
    const destination = destinationOf(group);
    const isNews = groups.failuresOf(group) === 0;
    const isTripped = destinations.failuresOf(destination) >= DESTINATION_BREAKER_GROUPS;
    const isGroupOpen = groups.failed(group);
    if (!isNews && !isTripped) destinations.released(destination);
    const isDestinationOpen = (isNews || isTripped) && destinations.failed(destination);
    return isGroupOpen || isDestinationOpen ? openForMs(group) : undefined;
  };
  return {
    openForMs,
    admit(group) {
      destinations.admit(destinationOf(group));
      return groups.admit(group);
    },
    ended(group, end) {
      if (end === 'trouble') return failed(group);
      const how = end === 'taken' || end === 'answered' ? 'answered' : 'released';
      groups[how](group);
      destinations[how](destinationOf(group));
      return undefined;
    },
  };
}

function destinationOf(group: string): string {
  const { org, destination } = ownersOf(group);
  return `${org} ${destination}`;
}
