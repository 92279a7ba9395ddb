// Finds holds that expired without a confirmation and enqueues their release, as an ordinary request of their
// org. The decision of that request releases the hold, so a confirmation decided before it is in time. Any
// number of workers may watch, and each may die at any point: the next check finds the holds that are still
// due.

import type { JobText } from '@slotline/contract';
import { listDueHolds, type Database, type DueHold, type RequestRecord } from '@slotline/db';
import type { OrgQueue } from '@slotline/queue';
import type { Logger } from '@slotline/runtime';
import { createAskForExpiry } from './ask-for-expiry.ts';

/** Size of a page of due holds; pages follow until one is not full. */
export const HOLDS_PER_CHECK_MAX = 500;

/** The same warning is logged at most once in this time. */
const COMPLAIN_AGAIN_MS = 60_000;

export interface HoldWatchOptions {
  readonly db: Database;
  readonly queue: Pick<OrgQueue<JobText, RequestRecord>, 'accept'>;
  readonly logger: Logger;
  /** Pause between checks. A shorter pause releases holds sooner and costs one cheap query per check. */
  readonly checkMs: number;
}

export interface HoldWatch {
  /** Resolves when the current check is over; no other follows. */
  close(): Promise<void>;
}

export function watchHolds({ db, queue, logger, checkMs }: HoldWatchOptions): HoldWatch {
  const complain = createComplaints(logger);
  const onFull = (orgId: string) => complain('holds: a mailbox has no room for a release', { orgId });
  const askForExpiry = createAskForExpiry({ queue, onFull });
  let isClosing = false;
  let timer: NodeJS.Timeout | undefined;
  let look = Promise.resolve();

  const lookOnce = async () => {
    let after: DueHold | undefined;
    do {
      const page = await listDueHolds(db, { limit: HOLDS_PER_CHECK_MAX, after });
      await askForExpiry(page);
      after = page.length === HOLDS_PER_CHECK_MAX ? page.at(-1) : undefined;
    } while (after !== undefined && !isClosing);
  };

  const lookAndRest = async () => {
    const startedAt = performance.now();
    await lookOnce().catch((err: unknown) => complain('holds: the check for due holds failed', { err }));
    if (isClosing) return;
    // With very many due holds it works at most half of the time, because deciding needs the database more.
    const restMs = Math.max(checkMs, performance.now() - startedAt);
    timer = setTimeout(() => void (look = lookAndRest()), restMs);
  };

  look = lookAndRest();
  return {
    close: () => {
      isClosing = true;
      clearTimeout(timer);
      return look;
    },
  };
}

type Complain = (message: string, facts: object) => void;

function createComplaints(logger: Logger): Complain {
  const silentUntil = new Map<string, number>();
  return (message, facts) => {
    if (performance.now() < (silentUntil.get(message) ?? 0)) return;
    silentUntil.set(message, performance.now() + COMPLAIN_AGAIN_MS);
    logger.warn(facts, message);
  };
}
