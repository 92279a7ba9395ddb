// Limits what is posted to destinations that have not answered 2xx to the org's posts. An org may name any public host
// as a receiver, so a host that never agreed gets few posts a minute, and an org gets few over all such hosts.
// A 2xx proves the destination for a while. In memory: another process needs its own 2xx.

import { ownersOf } from './delivery-group.ts';
import type { Wait } from './put-off.ts';

export interface UnprovenPosts {
  /** Why nothing is posted for the group now; `undefined` when a post may begin. Takes nothing. */
  waitOf(group: string): Wait | undefined;
  /** Takes a post. Call it only when `waitOf` returns nothing, and then `end` once. */
  begin(group: string): void;
  /** `isTaken`: the answer was 2xx; `undefined` when nothing was posted. */
  end(group: string, isTaken: boolean | undefined): void;
}

export interface UnprovenKnobs {
  /** Posts of one org to one unproven destination: at once, and in a minute. */
  readonly perMinute: number;
  /** Posts of one org to all its unproven destinations. */
  readonly orgPerMinute: number;
  /** How long a 2xx proves a destination, and how many posts without one end the proof. */
  readonly provenMs: number;
  readonly failuresMax: number;
  /** For how long a refused delivery is put off at least, and how far apart they are while a post is under way. */
  readonly waitMinMs: number;
  readonly underWayEachMs: number;
  readonly entriesMax: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** A bucket of posts that fills at `perMinute`. */
interface Bucket {
  posts: number;
  filledAtMs: number;
}

interface Destination extends Bucket {
  underWay: number;
  failures: number;
  provenUntilMs: number;
}

const MINUTE_MS = 60_000;

export function createUnprovenPosts(knobs: UnprovenKnobs): UnprovenPosts {
  const { perMinute, orgPerMinute, provenMs, failuresMax, waitMinMs, underWayEachMs, entriesMax, now } =
    knobs;
  const orgs = new Map<string, Bucket>();
  const destinations = new Map<string, Destination>();

  const orgOf = (key: string) =>
    fill(
      recall(orgs, key, entriesMax, () => ({ posts: orgPerMinute, filledAtMs: now() })),
      orgPerMinute,
      now(),
    );
  const destinationOf = (key: string) => {
    const create = () => ({
      posts: perMinute,
      filledAtMs: now(),
      underWay: 0,
      failures: 0,
      provenUntilMs: 0,
    });
    return fill(recall(destinations, key, entriesMax, create), perMinute, now());
  };
  const isProven = ({ provenUntilMs, failures }: Destination) =>
    provenUntilMs > now() && failures < failuresMax;
  const find = (group: string) => {
    const { org, destination } = ownersOf(group);
    const name = `${org} ${destination}`;
    return { org: orgOf(org), orgKey: `unproven ${org}`, at: destinationOf(name), atKey: `unproven ${name}` };
  };
  const untilFilled = (key: string, { posts }: Bucket, ratePerMinute: number): Wait => {
    const eachMs = MINUTE_MS / ratePerMinute;
    return { key, notBeforeMs: Math.max(waitMinMs, (1 - posts) * eachMs), eachMs, per: 'delivery' };
  };

  return {
    waitOf(group) {
      const { org, orgKey, at, atKey } = find(group);
      if (isProven(at)) return undefined;
      if (org.posts < 1) return untilFilled(orgKey, org, orgPerMinute);
      if (at.posts >= 1) return undefined;
      if (at.underWay === 0) return untilFilled(atKey, at, perMinute);
      // An answer is awaited, which may prove it.
      return { key: atKey, notBeforeMs: waitMinMs, eachMs: underWayEachMs, per: 'delivery' };
    },
    begin(group) {
      const { org, at } = find(group);
      at.underWay += 1;
      if (isProven(at)) return;
      org.posts -= 1;
      at.posts -= 1;
    },
    end(group, isTaken) {
      const { at } = find(group);
      at.underWay = Math.max(0, at.underWay - 1);
      if (isTaken === undefined) return;
      at.failures = isTaken ? 0 : at.failures + 1;
      if (isTaken) Object.assign(at, { posts: perMinute, provenUntilMs: now() + provenMs });
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
