// The `RateLimit` and `RateLimit-Policy` fields of draft-ietf-httpapi-ratelimit-headers-11: lists of strings
// with parameters (RFC 9651). They never report more than is available: `q` is a full bucket and `w` the
// seconds in which an empty one fills. `r` is what is left; `t` is the seconds until a refused request could
// be granted, or until the bucket is full after a granted one.

import type { BucketSettings, Taking } from './token-bucket.ts';

/** The name of a policy: printable ASCII without quotes. */
export type PolicyName = 'org' | 'key' | 'mailbox';

export function bucketPolicy(name: PolicyName, { burst, perSecond }: BucketSettings): string {
  return `"${name}";q=${burst};w=${Math.max(1, Math.ceil(burst / perSecond))}`;
}

export function bucketState(name: PolicyName, { remaining, waitMs }: Taking): string {
  return `"${name}";r=${remaining};t=${Math.ceil(waitMs / 1_000)}`;
}

interface FullMailbox {
  readonly by: 'items' | 'bytes';
  readonly limit: number;
  readonly retryAfterS: number;
}

/**
 * Headers of a full mailbox: at most `limit` requests or bytes may be undecided at once, and none more until
 * `retryAfterS`.
 */
export function fullMailboxHeaders({ by, limit, retryAfterS }: FullMailbox) {
  const unit = by === 'items' ? 'concurrent-requests' : 'content-bytes';
  return {
    'Retry-After': String(retryAfterS),
    'RateLimit-Policy': `"mailbox";q=${limit};qu="${unit}"`,
    RateLimit: `"mailbox";r=0;t=${retryAfterS}`,
  };
}
