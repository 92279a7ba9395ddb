// Rate limits per org and per credential. A request takes one point before its body is read, and the rest
// before anything is enqueued. If one bucket refuses, the points taken from the others are given back.

import type { Request, Response } from 'express';
import { principalOf } from '../access/principal.ts';
import { ProblemError } from '../http/problem-error.ts';
import { dueAtOnce, dueLater, type Asked, type BucketName, type Due } from './dues.ts';
import { bucketPolicy, bucketState } from './rate-limit-headers.ts';
import type { Taking, TokenBucket } from './token-bucket.ts';

interface Exchange {
  readonly req: Request;
  readonly res: Response;
}

/** Both set the RateLimit headers and throw the 429 problem. */
export interface Limits {
  /** Takes the first point from the buckets that are known before the body is read. */
  admit(exchange: Exchange): Promise<void>;
  /** Takes the points of a write that {@link admit} did not. */
  charge(exchange: Exchange, asked: Asked): Promise<void>;
}

/** `undefined` where there is no limit. */
export type Buckets = Readonly<Record<BucketName, TokenBucket | undefined>>;

export function createLimits(buckets: Buckets): Limits {
  return {
    admit: ({ req, res }) => pay(res, dueAtOnce(principalOf(req), req), buckets),
    charge: ({ req, res }, asked) => pay(res, dueLater(principalOf(req), asked), buckets),
  };
}

interface Payment {
  readonly due: Due;
  readonly bucket: TokenBucket;
  readonly taking: Taking;
}

async function pay(res: Response, dues: readonly Due[], buckets: Buckets): Promise<void> {
  const paying = dues.flatMap((due) => {
    const bucket = buckets[due.name];
    return bucket === undefined ? [] : [takeFrom(bucket, due)];
  });
  if (paying.length === 0) return;
  const payments = await Promise.all(paying);
  tell(res, payments);
  const refused = payments.filter(({ taking }) => !taking.isGranted);
  if (refused.length === 0) return;
  const granted = payments.filter(({ taking }) => taking.isGranted);
  await Promise.all(granted.map(({ bucket, due }) => bucket.giveBack(due.key, due.points)));
  throw rateLimited(refused);
}

async function takeFrom(bucket: TokenBucket, due: Due): Promise<Payment> {
  const { isGranted, remaining, waitMs } = await bucket.take(due.key, due.points);
  const more = isGranted ? 0 : (due.pointsBefore * 1_000) / bucket.perSecond;
  return { due, bucket, taking: { isGranted, remaining, waitMs: waitMs + more } };
}

/** One item per policy; of several orgs the one with the fewest points left. */
function tell(res: Response, payments: readonly Payment[]): void {
  const tightest = new Map<BucketName, Payment>();
  for (const payment of payments) {
    const known = tightest.get(payment.due.name);
    if (known === undefined || isTighter(payment.taking, known.taking))
      tightest.set(payment.due.name, payment);
  }
  const told = [...tightest];
  res.set('RateLimit-Policy', told.map(([name, { bucket }]) => bucketPolicy(name, bucket)).join(', '));
  res.set('RateLimit', told.map(([name, { taking }]) => bucketState(name, taking)).join(', '));
}

function isTighter(one: Taking, other: Taking): boolean {
  if (one.remaining !== other.remaining) return one.remaining < other.remaining;
  return one.waitMs > other.waitMs;
}

function rateLimited(refused: readonly Payment[]): ProblemError {
  const waitMs = Math.max(...refused.map(({ taking }) => taking.waitMs));
  const whose = refused.some(({ due }) => due.name === 'org') ? 'org' : 'credential';
  return new ProblemError('rate-limited', {
    detail: `The ${whose} exceeds its rate limit. Nothing of this request was enqueued. Retry after Retry-After seconds.`,
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
  });
}
