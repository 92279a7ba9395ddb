// Limits the delivery turns of each org, endpoint and destination. A turn that posts to a hanging receiver
// cannot be revoked for many seconds, so the fixed limits keep turns free for other groups.

import { ownersOf } from './delivery-group.ts';
import type { Wait } from './put-off.ts';

/** Turns of one process that each owner may hold at once; at least one. */
export interface TurnLimits {
  readonly org: number;
  readonly endpoint: number;
  readonly destination: number;
  /** Of one org at one destination, so that no org takes a destination's turns from the others. */
  readonly orgAtDestination: number;
}

export interface TurnShares {
  /** Why the group cannot have a turn now; `undefined` when it can. Takes nothing. */
  waitOf(group: string): Wait | undefined;
  /** Takes a turn. Call it only when `waitOf` returns nothing. Returns what gives the turn back; call that once. */
  begin(group: string): () => void;
}

export interface TurnShareKnobs {
  readonly limits: TurnLimits;
  /** Minimum wait of a refused delivery. */
  readonly waitMinMs: number;
  /** A refused delivery waits at most as long as the turns have been crowded, or for this time if that is longer. */
  readonly crowdedMinMs: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

interface Held {
  turns: number;
  /** Sum of the times at which the turns began. */
  beganMs: number;
  /** Since when at least half of the turns have been held. */
  crowdedSinceMs: number | undefined;
}

interface Share {
  readonly key: string;
  readonly max: number;
}

export function createTurnShares({ limits, waitMinMs, crowdedMinMs, now }: TurnShareKnobs): TurnShares {
  // Contains only owners that hold a turn, so there are at most four entries per turn.
  const holders = new Map<string, Held>();

  const change = ({ key, max }: Share, turns: 1 | -1, beganMs: number) => {
    const held = holders.get(key) ?? { turns: 0, beganMs: 0, crowdedSinceMs: undefined };
    held.turns += turns;
    held.beganMs += turns * beganMs;
    held.crowdedSinceMs = 2 * held.turns < max ? undefined : (held.crowdedSinceMs ?? now());
    if (held.turns > 0) holders.set(key, held);
    else holders.delete(key);
  };

  /**
   * On average a running turn is half done, so a turn takes twice the average age. That estimate is too long
   * after a pause of this process or of the database, and is not corrected later for what was postponed by it.
   * Therefore the wait is also bounded by the time for which the turns have been crowded: what waits for long
   * is examined again only a few times, and a short crowd postpones nothing for long.
   */
  const toWait = ({ key, max }: Share, { turns, beganMs, crowdedSinceMs }: Held): Wait => {
    const nowMs = now();
    const eachMs = (2 * (nowMs - beganMs / turns)) / max;
    const maxMs = Math.max(crowdedMinMs, nowMs - (crowdedSinceMs ?? nowMs));
    return { key, notBeforeMs: Math.max(waitMinMs, eachMs), eachMs, per: 'turn', maxMs };
  };

  return {
    waitOf(group) {
      for (const share of sharesOf(group, limits)) {
        const held = holders.get(share.key);
        if (held !== undefined && held.turns >= share.max) return toWait(share, held);
      }
      return undefined;
    },
    begin(group) {
      const beganMs = now();
      const shares = sharesOf(group, limits);
      for (const share of shares) change(share, 1, beganMs);
      return () => {
        for (const share of shares) change(share, -1, beganMs);
      };
    },
  };
}

function sharesOf(group: string, limits: TurnLimits): readonly Share[] {
  const { org, endpoint, destination } = ownersOf(group);
  return [
    { key: `org ${org}`, max: limits.org },
    { key: `endpoint ${endpoint}`, max: limits.endpoint },
    { key: `destination ${destination}`, max: limits.destination },
    { key: `org ${org} at ${destination}`, max: limits.orgAtDestination },
  ];
}
