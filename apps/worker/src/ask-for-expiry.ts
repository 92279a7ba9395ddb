// Enqueues a release request for each due hold, with a request id derived from the hold, so a repeated
// request is harmless. Repeats are skipped for `askAgainMs`, so that the holds of a blocked org cost no Redis
// commands.

import { writeJob, type JobText } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import { expiryRequestId, type DueHold, type RequestRecord } from '@slotline/db';
import type { NewItem, OrgQueue } from '@slotline/queue';

const ASK_AGAIN_MS = 10_000;

/** Resolves with the number of requests that were enqueued. Rejects when Redis is unavailable. */
export type AskForExpiry = (holds: readonly DueHold[]) => Promise<number>;

export interface AskForExpiryOptions {
  readonly queue: Pick<OrgQueue<JobText, RequestRecord>, 'accept'>;
  /** Called when an org's mailbox has no room; its releases are enqueued again later. */
  readonly onFull: (orgId: string) => void;
  /**
   * Holds still due after this time are enqueued again: Redis may have lost them, or a mailbox had no room.
   */
  readonly askAgainMs?: number;
}

export function createAskForExpiry(options: AskForExpiryOptions): AskForExpiry {
  const { queue, onFull, askAgainMs = ASK_AGAIN_MS } = options;
  /** Time of the last attempt by request id, oldest first. */
  const askedAt = new Map<string, number>();

  const forget = (before: number) => {
    for (const [id, at] of askedAt) {
      if (at > before) return;
      askedAt.delete(id);
    }
  };

  const askForOrg = async (orgId: string, items: readonly NewItem<JobText>[]): Promise<number> => {
    const acceptance = await queue.accept(items);
    const now = performance.now();
    for (const { id } of items) askedAt.set(id, now);
    if (acceptance.kind === 'accepted')
      return acceptance.items.filter(({ kind }) => kind === 'queued').length;
    onFull(orgId);
    return 0;
  };

  return async (holds) => {
    forget(performance.now() - askAgainMs);
    const items = holds.map(toItem).filter(({ id }) => !askedAt.has(id));
    // One call per org, so that an org without room does not block the others.
    const byOrg = Map.groupBy(items, ({ orgId }) => orgId);
    const enqueued = await Promise.all([...byOrg].map(([orgId, ofOrg]) => askForOrg(orgId, ofOrg)));
    return enqueued.reduce((sum, count) => sum + count, 0);
  };
}

function toItem(hold: DueHold): NewItem<JobText> {
  const { orgId, appointmentId, version } = hold;
  const acceptedAt = Date.now() as Instant;
  const job = { operation: 'expire', appointmentId, version, acceptedAt } as const;
  return { id: expiryRequestId(hold), orgId, payload: writeJob(job) };
}
