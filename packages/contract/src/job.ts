// What the mailbox carries: an accepted request as compact JSON, about 120 bytes without metadata. Instants
// are epoch milliseconds. A new shape gets a new `v`; workers of the release before must still read it.

import { toInstant, type BookRequest, type CancelRequest, type Instant } from '@slotline/core';
import { z } from 'zod';

/** The version of the shape below. */
export const JOB_VERSION = 1;

const instant = z.number().transform((ms, context): Instant => {
  const parsed = toInstant(ms);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'not an instant' });
  return z.NEVER;
});

const common = {
  v: z.literal(JOB_VERSION),
  appt: z.string(),
  updated: instant,
  at: instant,
  callback: z.string().optional(),
};

const jobText = z.discriminatedUnion('op', [
  z.strictObject({
    ...common,
    op: z.literal('book'),
    res: z.string(),
    start: instant,
    end: instant,
    created: instant,
    meta: z.string().optional(),
  }),
  z.strictObject({ ...common, op: z.literal('cancel') }),
]);

export type JobText = z.output<typeof jobText>;

/** An accepted request on its way to the worker; its id and org travel beside it. */
export type Job = (Omit<BookRequest, 'requestId'> | Omit<CancelRequest, 'requestId'>) & {
  readonly acceptedAt: Instant;
  readonly callbackUrl?: string;
};

/** The inverse of {@link readJob}; undefined fields are left out by `JSON.stringify`. */
export function writeJob(job: Job): JobText {
  const shared = {
    v: JOB_VERSION,
    appt: job.appointmentId,
    updated: job.updatedAt,
    at: job.acceptedAt,
    callback: job.callbackUrl,
  } as const;
  if (job.operation === 'cancel') return { op: 'cancel', ...shared };
  return {
    op: 'book',
    ...shared,
    res: job.resourceId,
    start: job.start,
    end: job.end,
    created: job.createdAt,
    meta: job.metadata ?? undefined,
  };
}

/** Reads a mailbox entry; throws when it is of no shape that this build knows. */
export function readJob(raw: string): Job {
  return toJob(jobText.parse(JSON.parse(raw)));
}

/** The domain's view of a mailbox entry. */
export function toJob(text: JobText): Job {
  const shared = {
    appointmentId: text.appt,
    updatedAt: text.updated,
    acceptedAt: text.at,
    ...(text.callback === undefined ? {} : { callbackUrl: text.callback }),
  };
  if (text.op === 'cancel') return { operation: 'cancel', ...shared };
  return {
    operation: 'book',
    ...shared,
    resourceId: text.res,
    start: text.start,
    end: text.end,
    createdAt: text.created,
    metadata: text.meta ?? null,
  };
}
