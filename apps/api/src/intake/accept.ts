// Accepting: recall what was decided before, hand the rest to the queue in one unit, say what each became.
// Nothing here waits for a decision.

import { appointmentIdOf, writeJob, type JobText } from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import type { AcceptedItem, OrgQueue } from '@slotline/queue';
import { ProblemError } from '../http/problem-error.ts';
import { fullMailboxHeaders } from '../limits/rate-limit-headers.ts';
import type { FindRecords } from './find-records.ts';
import { decided, fromItem, type RequestState } from './request-state.ts';
import type { Submission } from './submission.ts';

export type Queue = OrgQueue<JobText, RequestRecord>;

export type Entry =
  | { readonly kind: 'accepted' | 'replayed'; readonly state: RequestState }
  /** The idempotency key belongs to another body; nothing was enqueued. */
  | { readonly kind: 'mismatch' };

export type Accept = (submissions: readonly Submission[]) => Promise<readonly Entry[]>;

/**
 * All or nothing against the mailbox limit: throws the 429 problem when one mailbox has no room. When it
 * resolves, every `accepted` request is durable in Redis; when it rejects otherwise, that is unknown.
 */
export function createAccept({ queue, recall }: { queue: Queue; recall: FindRecords }): Accept {
  return async (submissions) => {
    const keyed = submissions.filter(({ fingerprint }) => fingerprint !== undefined);
    const records = keyed.length === 0 ? undefined : await recall(keyed.map(({ requestId }) => requestId));
    const fresh = submissions.filter(({ requestId }) => records?.get(requestId) === undefined);
    const items = await enqueue(queue, fresh);
    return submissions.map((submission) => {
      const record = records?.get(submission.requestId);
      if (record !== undefined) return recalled(submission, record);
      return toEntry(submission, items.next().value);
    });
  };
}

async function enqueue(
  queue: Queue,
  fresh: readonly Submission[],
): Promise<ArrayIterator<AcceptedItem<JobText, RequestRecord>>> {
  if (fresh.length === 0) return [].values();
  const acceptance = await queue.accept(
    fresh.map(({ requestId, orgId, job, fingerprint }) => ({
      id: requestId,
      orgId,
      payload: writeJob(job),
      ...(fingerprint === undefined ? {} : { fingerprint }),
    })),
  );
  if (acceptance.kind === 'accepted') return acceptance.items.values();
  const { depth, limit, retryAfterMs } = acceptance;
  const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  throw new ProblemError('mailbox-full', {
    detail: `The org has ${depth} undecided requests. Nothing of this request was enqueued.`,
    headers: fullMailboxHeaders({ limit, retryAfterS }),
  });
}

function recalled(submission: Submission, record: RequestRecord): Entry {
  if (record.fingerprint !== submission.fingerprint) return { kind: 'mismatch' };
  return { kind: 'replayed', state: decided(record) };
}

function toEntry(
  { requestId, orgId, job }: Submission,
  item: AcceptedItem<JobText, RequestRecord> | undefined,
): Entry {
  if (item === undefined) throw new Error('the queue answered fewer items than it was given');
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
