import { beforeEach, expect, it } from '@jest/globals';
import { groupOf } from './delivery-group.ts';
import { createUnprovenPosts, type UnprovenPosts } from './unproven-posts.ts';

const MINUTE_MS = 60_000;

let nowMs: number;
let posts: UnprovenPosts;
beforeEach(() => {
  nowMs = 0;
  posts = createUnprovenPosts({
    ...{ perMinute: 3, orgPerMinute: 5, provenMs: 60 * MINUTE_MS, failuresMax: 4 },
    ...{ waitMinMs: 200, waitEachMs: 20, entriesMax: 100, now: () => nowMs },
  });
});

function group(orgId: string, host: string): string {
  return groupOf({ orgId, endpointId: 'e', url: `https://${host}/` });
}

const HOST = group('acme', 'one.example');

/** Makes posts with the same result up to the given number; returns how many were admitted. */
function postAll(to: string, count: number, isTaken: boolean): number {
  for (let made = 0; made < count; made++) {
    if (posts.waitOf(to) !== undefined) return made;
    posts.begin(to)(isTaken);
  }
  return count;
}

it('a destination that never answered 2xx gets a few posts, and a few more each minute', () => {
  expect(postAll(HOST, 100, false)).toBe(3);
  nowMs += MINUTE_MS;
  expect(postAll(HOST, 100, false)).toBe(3);
});

it('all destinations of an org that never answered 2xx share a limit, and those of other orgs do not count', () => {
  const hosts = ['one', 'two', 'three'].map((name) => postAll(group('acme', `${name}.example`), 3, false));
  expect(hosts).toEqual([3, 2, 0]);
  expect(postAll(group('bolt', 'one.example'), 3, false)).toBe(3);
});

it('a 2xx proves a destination only for its org', () => {
  expect(postAll(HOST, 100, true)).toBe(100);
  expect(postAll(group('bolt', 'one.example'), 100, false)).toBe(3);
});

it('a proof ends after failures in a row, and after its time', () => {
  postAll(HOST, 1, true);
  expect(postAll(HOST, 100, false)).toBe(4 + 3);
  nowMs += MINUTE_MS;
  postAll(HOST, 1, true);
  nowMs += 61 * MINUTE_MS;
  expect(postAll(HOST, 100, false)).toBe(3);
});

it('a delivery that was not posted does not count', () => {
  for (const _ of [1, 2, 3]) posts.begin(HOST)(undefined);
  expect(postAll(HOST, 100, false)).toBe(3);
});

it('deliveries that an org may not post now are tried again soon, one after the other', () => {
  postAll(HOST, 100, false);
  expect(posts.waitOf(HOST)).toMatchObject({ notBeforeMs: 200, eachMs: 20, per: 'delivery' });
  expect(posts.waitOf(group('acme', 'two.example'))).toBeUndefined();
});
