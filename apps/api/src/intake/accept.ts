// Accepts submissions: recalls those decided before, enqueues the rest in one unit and returns the state of
// each. Does not wait for decisions.

import { appointmentIdOf, writeJob, type JobText } from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import type { AcceptedItem, Full, NewItem, OrgQueue } from '@slotline/queue';
import { ProblemError } from '../http/problem-error.ts';
import type { Admitting } from '../admission/open-admission.ts';
import { fullMailboxHeaders } from '../limits/rate-limit-headers.ts';
import type { DecidedRecords } from './decided-records.ts';
import { decided, fromItem, type RequestState } from './request-state.ts';
import type { Submission } from './submission.ts';

export type Queue = OrgQueue<JobText, RequestRecord>;

export interface AcceptContext {
  readonly queue: Pick<Queue, 'accept'>;
  readonly records: Pick<DecidedRecords, 'recall'>;
  readonly admission: Pick<Admitting, 'accepting'>;
}

export interface TakenEntry {
  readonly kind: 'accepted' | 'replayed';
  readonly state: RequestState;
}

/** `mismatch`: the idempotency key was used with a different body; nothing was enqueued. */
export type Entry = TakenEntry | { readonly kind: 'mismatch' };

/**
 * All or nothing against the mailbox limit: throws the 429 problem when a mailbox has no room. When it
 * resolves, every `accepted` request is durable in Redis. When it rejects with another error, it is unknown
 * whether requests were accepted.
 */
export function accept(
  context: AcceptContext,
  submissions: readonly Submission[],
): Promise<readonly Entry[]> {
  return context.admission.accepting(submissions, () =>
    submissions.some(isKeyed) ? enqueueUnknown(context, submissions) : enqueue(context, submissions),
  );
}

function isKeyed({ fingerprint }: Submission): boolean {
  return fingerprint !== undefined;
}

async function enqueueUnknown(
  context: AcceptContext,
  submissions: readonly Submission[],
): Promise<readonly Entry[]> {
  const records = await context.records.recall(submissions.filter(isKeyed).map(({ requestId }) => requestId));
  const fresh = await enqueue(
    context,
    submissions.filter(({ requestId }) => !records.has(requestId)),
  );
  const entries = fresh.values();
  return submissions.map((submission) => {
    const record = records.get(submission.requestId);
    return record === undefined ? taken(entries.next().value) : recalled(submission, record);
  });
}

async function enqueue(
  { queue }: AcceptContext,
  submissions: readonly Submission[],
): Promise<readonly Entry[]> {
  if (submissions.length === 0) return [];
  const acceptance = await queue.accept(submissions.map(toItem));
  if (acceptance.kind === 'full') throw mailboxFull(acceptance);
  return submissions.map((submission, at) => toEntry(submission, taken(acceptance.items[at])));
}

function toItem({ requestId, orgId, job, fingerprint }: Submission): NewItem<JobText> {
  const item = { id: requestId, orgId, payload: writeJob(job) };
  return fingerprint === undefined ? item : { ...item, fingerprint };
}

function mailboxFull(full: Full): ProblemError {
  const retryAfterS = Math.max(1, Math.ceil(full.retryAfterMs / 1_000));
  return new ProblemError('mailbox-full', {
    detail: `${describeFull(full)} Nothing of this request was enqueued.`,
    headers: fullMailboxHeaders({ ...full, retryAfterS }),
  });
}

function describeFull({ by, depth, bytes, limit }: Full): string {
  return by === 'items'
    ? `The org has ${depth} undecided requests; at most ${limit} may wait.`
    : `The undecided requests of the org have ${bytes} bytes; at most ${limit} bytes may wait, unless it is one request.`;
}

function recalled(submission: Submission, record: RequestRecord): Entry {
  if (record.fingerprint !== submission.fingerprint) return { kind: 'mismatch' };
  return { kind: 'replayed', state: decided(record) };
}

function taken<T>(item: T | undefined): T {
  if (item === undefined) throw new Error('the queue answered fewer items than it was given');
  return item;
}

function toEntry({ requestId, orgId, job }: Submission, item: AcceptedItem<JobText, RequestRecord>): Entry {
  if (item.kind === 'mismatch') return item;
  if (item.kind === 'replayed') return { kind: 'replayed', state: fromItem(requestId, item.state) };
  const { operation, acceptedAt } = job;
  const appointmentId = appointmentIdOf(job);
  const { place, etaMs } = item;
  const eta = etaMs === undefined ? {} : { etaMs };
  return {
    kind: 'accepted',
    state: { status: 'queued', requestId, orgId, appointmentId, operation, acceptedAt, place, ...eta },
  };
}
