// The format of a mailbox entry: an accepted request as compact JSON, about 120 bytes without metadata. Instants are
// epoch milliseconds. A new format gets a new `v`. Plain bookings and cancellations are still written as version 1, so
// that workers of the previous release can read them. Every version is read.

import {
  BATCH_WISHES_MAX,
  toInstant,
  type Batch,
  type Book,
  type Cancel,
  type Confirm,
  type Expire,
  type Instant,
  type Wish,
} from '@slotline/core';
import { z } from 'zod';

/** The versions that this build can read, and so can show while they wait. */
export const JOB_VERSIONS: readonly unknown[] = [1, 2];

const instant = z.number().transform((ms, context): Instant => {
  const parsed = toInstant(ms);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'not an instant' });
  return z.NEVER;
});

const bookFields = {
  op: z.literal('book'),
  appt: z.string(),
  res: z.string(),
  start: instant,
  end: instant,
  created: instant,
  updated: instant,
  meta: z.string().optional(),
};
const cancelFields = { op: z.literal('cancel'), appt: z.string(), updated: instant };
const confirmFields = { op: z.literal('confirm'), appt: z.string() };

const wishText = z.discriminatedUnion('op', [
  z.strictObject({ ...bookFields, held: instant.optional() }),
  z.strictObject(cancelFields),
  z.strictObject(confirmFields),
]);

const around = { at: instant, callback: z.string().optional() };
const first = { v: z.literal(1), ...around };
const second = { v: z.literal(2), ...around };

const jobText = z.discriminatedUnion('v', [
  z.discriminatedUnion('op', [
    z.strictObject({ ...first, ...bookFields }),
    z.strictObject({ ...first, ...cancelFields }),
  ]),
  z.discriminatedUnion('op', [
    z.strictObject({ ...second, ...bookFields, held: instant }),
    z.strictObject({ ...second, ...confirmFields }),
    z.strictObject({ ...second, op: z.literal('expire'), appt: z.string(), version: z.int().min(1) }),
    z.strictObject({
      ...second,
      op: z.literal('batch'),
      items: z.array(wishText).min(1).max(BATCH_WISHES_MAX).refine(areOfDifferentAppointments),
    }),
  ]),
]);

function areOfDifferentAppointments(items: readonly { readonly appt: string }[]): boolean {
  return new Set(items.map(({ appt }) => appt)).size === items.length;
}

type WishText = z.output<typeof wishText>;

export type JobText = z.output<typeof jobText>;

/** An accepted request on its way to the worker; its id and org travel beside it. */
export type Job = (Book | Cancel | Confirm | Expire | Batch) & {
  readonly acceptedAt: Instant;
  readonly callbackUrl?: string;
};

/** The appointment that a job is about; empty for a batch, which is about several. */
export function appointmentIdOf(job: Job): string {
  return job.operation === 'batch' ? '' : job.appointmentId;
}

/** The fields of a {@link JobText} that are shown while the job waits. */
export interface JobSummary {
  readonly v: JobText['v'];
  readonly op: JobText['op'];
  readonly appt?: string;
  readonly at: Instant;
}

/** The summary that the queue keeps of a job that is too large to be shown whole. */
export function summarizeJob(text: JobText): JobSummary {
  const { v, op, at } = text;
  return 'appt' in text ? { v, op, appt: text.appt, at } : { v, op, at };
}

/** The inverse of {@link readJob}; undefined fields are left out by `JSON.stringify`. */
export function writeJob(job: Job): JobText {
  const both = { at: job.acceptedAt, callback: job.callbackUrl };
  switch (job.operation) {
    case 'book': {
      const { held, ...text } = writeBook(job);
      return held === undefined ? { v: 1, ...both, ...text } : { v: 2, ...both, ...text, held };
    }
    case 'cancel':
      return { v: 1, ...both, ...writeCancel(job) };
    case 'confirm':
      return { v: 2, ...both, ...writeConfirm(job) };
    case 'expire':
      return { v: 2, ...both, op: 'expire', appt: job.appointmentId, version: job.version };
    case 'batch':
      return { v: 2, ...both, op: 'batch', items: job.wishes.map(writeWish) };
  }
}

function writeWish(wish: Wish): WishText {
  switch (wish.operation) {
    case 'book':
      return writeBook(wish);
    case 'cancel':
      return writeCancel(wish);
    case 'confirm':
      return writeConfirm(wish);
  }
}

function writeBook(book: Book) {
  return {
    op: 'book' as const,
    appt: book.appointmentId,
    updated: book.updatedAt,
    res: book.resourceId,
    start: book.start,
    end: book.end,
    created: book.createdAt,
    meta: book.metadata ?? undefined,
    held: book.heldUntil ?? undefined,
  };
}

function writeCancel(cancel: Cancel) {
  return { op: 'cancel' as const, appt: cancel.appointmentId, updated: cancel.updatedAt };
}

function writeConfirm(confirm: Confirm) {
  return { op: 'confirm' as const, appt: confirm.appointmentId };
}

/** Reads a mailbox entry; throws if this build does not know its format. */
export function readJob(raw: string): Job {
  return toJob(jobText.parse(JSON.parse(raw)));
}

/** The domain's view of a mailbox entry. */
function toJob(text: JobText): Job {
  const both = {
    acceptedAt: text.at,
    ...(text.callback === undefined ? {} : { callbackUrl: text.callback }),
  };
  switch (text.op) {
    case 'expire':
      return { operation: 'expire', appointmentId: text.appt, version: text.version, ...both };
    case 'batch':
      return { operation: 'batch', wishes: text.items.map(toWish), ...both };
    default:
      return { ...toWish(text), ...both };
  }
}

function toWish(text: WishText): Wish {
  switch (text.op) {
    case 'book':
      return toBook(text);
    case 'cancel':
      return { operation: 'cancel', appointmentId: text.appt, updatedAt: text.updated };
    case 'confirm':
      return { operation: 'confirm', appointmentId: text.appt };
  }
}

function toBook(text: WishText & { op: 'book' }): Book {
  return {
    operation: 'book',
    appointmentId: text.appt,
    resourceId: text.res,
    start: text.start,
    end: text.end,
    createdAt: text.created,
    updatedAt: text.updated,
    heldUntil: text.held ?? null,
    metadata: text.meta ?? null,
  };
}
