// Limits what is posted to destinations that have not answered 2xx to the org's posts. An org may name any
// public host as a receiver, so a host that never agreed gets few posts a minute, and so do all such hosts of
// an org together. A 2xx proves the destination for `provenMs`. State is per process and in memory: another
// process needs its own 2xx.

import { ownersOf } from './delivery-group.ts';
import type { Wait } from './put-off.ts';

export interface UnprovenPosts {
  /** Why nothing is posted for the group now; `undefined` when a post may begin. Takes nothing. */
  waitOf(group: string): Wait | undefined;
  /** Takes a post. Call it only when `waitOf` returns nothing, and then call what it returns once. */
  begin(group: string): EndUnproven;
}

/** `isTaken`: the answer was 2xx; `undefined` when nothing was posted, which gives the post back. */
type EndUnproven = (isTaken: boolean | undefined) => void;

export interface UnprovenKnobs {
  /** Posts of one org to one unproven destination: at once, and in a minute. */
  readonly perMinute: number;
  /** Posts of one org to all its unproven destinations. */
  readonly orgPerMinute: number;
  /** How long a 2xx proves a destination, and how many posts without one end the proof. */
  readonly provenMs: number;
  readonly failuresMax: number;
  /** Minimum wait of a refused delivery, and the interval at which those of one org are tried again. */
  readonly waitMinMs: number;
  readonly waitEachMs: number;
  readonly entriesMax: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** A token bucket of posts, refilled at a rate per minute. */
interface Bucket {
  posts: number;
  filledAtMs: number;
}

interface Destination extends Bucket {
  failures: number;
  provenUntilMs: number;
}

const MINUTE_MS = 60_000;

export function createUnprovenPosts(knobs: UnprovenKnobs): UnprovenPosts {
  const { perMinute, orgPerMinute, provenMs, failuresMax, waitMinMs, waitEachMs, entriesMax, now } = knobs;
  const orgs = new Map<string, Bucket>();
  const destinations = new Map<string, Destination>();

  const orgOf = (key: string): Bucket => {
    const create = () => ({ posts: orgPerMinute, filledAtMs: now() });
    return fill(recall(orgs, key, entriesMax, create), orgPerMinute, now());
  };
  const destinationOf = (key: string): Destination => {
    const create = () => ({ posts: perMinute, filledAtMs: now(), failures: 0, provenUntilMs: 0 });
    return fill(recall(destinations, key, entriesMax, create), perMinute, now());
  };
  const isProven = ({ provenUntilMs, failures }: Destination) =>
    provenUntilMs > now() && failures < failuresMax;
  const find = (group: string) => {
    const { org, destination } = ownersOf(group);
    return { org, buckets: [orgOf(org), destinationOf(`${org} ${destination}`)] as const };
  };
  const end = (destination: Destination, isTaken: boolean) => {
    destination.failures = isTaken ? 0 : destination.failures + 1;
    if (isTaken) Object.assign(destination, { posts: perMinute, provenUntilMs: now() + provenMs });
  };

  return {
    waitOf(group) {
      const { org, buckets } = find(group);
      if (isProven(buckets[1]) || buckets.every(({ posts }) => posts >= 1)) return undefined;
      return { key: `unproven ${org}`, notBeforeMs: waitMinMs, eachMs: waitEachMs, per: 'delivery' };
    },
    begin(group) {
      const { buckets } = find(group);
      const taken = isProven(buckets[1]) ? [] : buckets;
      for (const bucket of taken) bucket.posts -= 1;
      return (isTaken) => {
        if (isTaken !== undefined) end(buckets[1], isTaken);
        else for (const bucket of taken) bucket.posts += 1;
      };
    },
  };
}

function fill<B extends Bucket>(bucket: B, perMinute: number, nowMs: number): B {
  const filled = bucket.posts + ((nowMs - bucket.filledAtMs) * perMinute) / MINUTE_MS;
  bucket.posts = Math.min(perMinute, filled);
  bucket.filledAtMs = nowMs;
  return bucket;
}

/** Finds or creates an entry. The entry that was used least recently is forgotten first. */
function recall<T>(entries: Map<string, T>, key: string, entriesMax: number, create: () => T): T {
  const entry = entries.get(key) ?? create();
  entries.delete(key);
  entries.set(key, entry);
  const [oldest] = entries.keys();
  if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
  return entry;
}
