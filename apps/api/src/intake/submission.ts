// A validated wish on its way into the mailbox.

import type { Instant } from '@slotline/core';
import type { Booking, Cancellation, Job } from '@slotline/contract';
import { fingerprintOf } from './fingerprint.ts';
import { keyedRequestId, newRequestId } from './request-id.ts';

export interface Submission {
  readonly requestId: string;
  readonly orgId: string;
  readonly job: Job;
  /** Only with an idempotency key: a new id can have no second meaning. */
  readonly fingerprint?: string;
}

interface Arrival {
  readonly key: string | undefined;
  readonly acceptedAt: Instant;
}

export function submitBooking(booking: Booking, { key, acceptedAt }: Arrival): Submission {
  const { id, orgId, metadata, callbackUrl, ...times } = booking;
  const job: Job = {
    operation: 'book',
    appointmentId: id,
    ...times,
    metadata: metadata ?? null,
    acceptedAt,
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  };
  // Compared as what it says: its text is in the order its members came in.
  const said =
    metadata === undefined || key === undefined ? {} : { metadata: JSON.parse(metadata) as unknown };
  return { ...identify({ orgId, key, asked: { op: 'book', ...booking, ...said } }), job };
}

/** A cancellation without `updatedAt` happens when it is accepted; a retry of it is still the same request. */
export function submitCancellation(cancellation: Cancellation, { key, acceptedAt }: Arrival): Submission {
  const { id, orgId, updatedAt, callbackUrl } = cancellation;
  const job: Job = {
    operation: 'cancel',
    appointmentId: id,
    updatedAt: updatedAt ?? acceptedAt,
    acceptedAt,
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  };
  return { ...identify({ orgId, key, asked: { op: 'cancel', ...cancellation } }), job };
}

function identify({ orgId, key, asked }: { orgId: string; key: string | undefined; asked: object }) {
  if (key === undefined) return { orgId, requestId: newRequestId() };
  return { orgId, requestId: keyedRequestId({ orgId, key }), fingerprint: fingerprintOf(asked) };
}
