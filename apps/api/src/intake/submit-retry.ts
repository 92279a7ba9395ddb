// Retries a quarantined request: a new request with an id derived from the first one's, so that retrying
// twice creates one request. Its content comes from the mailbox entry, and a client cannot change it.

import { INSTANT_MAX, type Instant, type Wish } from '@slotline/core';
import { readJob, type Job } from '@slotline/contract';
import { retryRequestId, type QuarantinedRequest } from '@slotline/db';
import { fingerprintOf } from './fingerprint.ts';
import type { Submission } from './submission.ts';

/** `undefined` when the entry was not stored whole, or has a format that this build cannot read. */
export function submitRetry(quarantined: QuarantinedRequest, acceptedAt: Instant): Submission | undefined {
  const job = readWhole(quarantined.raw);
  if (job === undefined) return undefined;
  const { orgId, requestId } = quarantined;
  return {
    orgId,
    requestId: retryRequestId(quarantined),
    // With a fingerprint, a retry that was decided before is recalled and not enqueued again.
    fingerprint: fingerprintOf({ orgId, retryOf: requestId }),
    job: acceptAgain(job, acceptedAt),
  };
}

export function isRetryable({ raw }: QuarantinedRequest): boolean {
  return readWhole(raw) !== undefined;
}

function readWhole(raw: string | null): Job | undefined {
  try {
    return raw === null ? undefined : readJob(raw);
  } catch {
    return undefined;
  }
}

// A hold lasts a fixed time from its acceptance, which is now: one that has ended since would hold nothing.
function acceptAgain(job: Job, acceptedAt: Instant): Job {
  const lateMs = Math.max(0, acceptedAt - job.acceptedAt);
  switch (job.operation) {
    case 'book':
      return { ...job, ...later(job, lateMs), acceptedAt };
    case 'batch':
      return { ...job, wishes: job.wishes.map((wish) => ({ ...wish, ...later(wish, lateMs) })), acceptedAt };
    default:
      return { ...job, acceptedAt };
  }
}

function later(wish: Wish, lateMs: number): { readonly heldUntil?: Instant } {
  if (wish.operation !== 'book' || wish.heldUntil === null) return {};
  return { heldUntil: Math.min(wish.heldUntil + lateMs, INSTANT_MAX) as Instant };
}
