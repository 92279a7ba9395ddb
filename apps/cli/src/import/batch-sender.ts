// Sends one batch until all its lines have outcomes. While the response is "busy", "unknown" or "not all
// decided yet", it sends the same body with the same key again; for a known key the service returns the
// current state. A response with all outcomes also proves that all lines were accepted, so one batch per org
// at a time keeps the order without a second round of POSTs.
//
//   POST ─► accepted, all terminal ─────────────────────────────► settled
//    ▲  ├─► accepted, some pending ─► at once or Retry-After ─┐
//    │  ├─► busy (429) ─► Retry-After ────────────────────────┤
//    │  ├─► lost, 5xx, not understood ─► backoff ─────────────┤
//    │  └─► hopeless, or no outcome anywhere for too long ────┼──► failed
//    └────────────────────────────────────────────────────────┘

import { setTimeout as sleep } from 'node:timers/promises';
import { batchBody, batchKey, type Batch } from './batch.ts';
import { type BatchAnswer, type ItemAnswer, readBatchAnswer } from './batch-answer.ts';
import type { Brake } from './brake.ts';
import type { ImportLimits } from './import-limits.ts';
import type { Patience } from './patience.ts';
import type { PostBatch, PostResult } from './post-batch.ts';
import { backoffMs, type Dice, parseRetryAfterMs } from './retry-delay.ts';

export type SendResult =
  | { readonly kind: 'settled'; readonly items: readonly ItemAnswer[]; readonly wasKnown: boolean }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface SenderSettings {
  readonly importKey: string;
  readonly post: PostBatch;
  readonly limits: ImportLimits;
  readonly brake: Brake;
  readonly patience: Patience;
  readonly dice: Dice;
  /**
   * Called for every POST that must be repeated, for the progress line. `wait`: only the decisions are
   * missing.
   */
  readonly onAgain: (kind: 'retry' | 'wait', reason: string) => void;
}

/** A faster response did not wait for outcomes, so an immediate repeat would be a busy loop. */
const WAITED_MS = 1000;

/** The state of a batch between two POSTs. */
interface Sending {
  posts: number;
  failures: number;
  settledItems: number;
  wasKnown: boolean;
}

export class BatchSender {
  readonly #settings: SenderSettings;

  constructor(settings: SenderSettings) {
    this.#settings = settings;
  }

  /** Never throws; resolves when every line has its outcome, the brake is pulled, or a retry is useless. */
  async send(batch: Batch): Promise<SendResult> {
    const { brake, post, importKey } = this.#settings;
    const key = batchKey(importKey, batch);
    const body = batchBody(batch);
    const sending: Sending = { posts: 0, failures: 0, settledItems: 0, wasKnown: false };
    while (!brake.stop.aborted) {
      const sentAt = performance.now();
      const posted = await post({ key, body, signal: brake.cut });
      sending.posts += 1;
      const answer = understand(posted, batch.lines.length);
      const result = this.#settle(answer, posted, sending);
      if (result !== undefined) return result;
      if (brake.stop.aborted) break;
      await this.#pause(this.#pauseMs(answer, posted, sending, performance.now() - sentAt));
    }
    return { kind: 'stopped' };
  }

  /** The result of the batch, if this response completes it. */
  #settle(answer: BatchAnswer, posted: PostResult, sending: Sending): SendResult | undefined {
    const { brake, patience, onAgain } = this.#settings;
    if (answer.kind === 'hopeless') return { kind: 'failed', reason: `the service answers ${answer.reason}` };
    if (answer.kind === 'accepted') {
      // Only a replay of the first POST proves an earlier run; later POSTs may replay our own earlier ones.
      if (sending.posts === 1) sending.wasKnown = posted.kind === 'answered' && posted.isReplayed;
      const settledItems = answer.items.filter((item) => item.kind !== 'pending').length;
      if (settledItems > sending.settledItems) patience.renew();
      sending.settledItems = settledItems;
      sending.failures = 0;
      if (settledItems === answer.items.length)
        return { kind: 'settled', items: answer.items, wasKnown: sending.wasKnown };
    } else {
      sending.failures += 1;
    }
    if (brake.stop.aborted) return undefined;
    const reason = answer.kind === 'accepted' ? 'accepted, but not decided yet' : answer.reason;
    if (patience.isExhausted) return { kind: 'failed', reason: `no outcome for too long (${reason})` };
    onAgain(answer.kind === 'accepted' ? 'wait' : 'retry', reason);
    return undefined;
  }

  #pauseMs(answer: BatchAnswer, posted: PostResult, sending: Sending, tookMs: number): number {
    const { limits, dice, patience } = this.#settings;
    const header = posted.kind === 'answered' ? posted.retryAfter : undefined;
    const askedMs = parseRetryAfterMs(header, Date.now(), limits);
    if (answer.kind === 'accepted') {
      // Repeating an accepted batch is harmless, so a long `Retry-After` is capped here.
      return tookMs >= WAITED_MS ? 0 : Math.min(askedMs ?? limits.retryBaseMs, limits.retryCapMs);
    }
    // For a full mailbox the service knows when there is room. After a 503 `Retry-After` only spreads the
    // clients.
    if (answer.kind === 'busy') patience.wait(askedMs ?? 0);
    return Math.max(askedMs ?? 0, backoffMs(Math.max(sending.failures, 1), limits, dice));
  }

  async #pause(delayMs: number): Promise<void> {
    if (delayMs <= 0) return;
    // The brake ends the pause early, and then the loop ends.
    await sleep(delayMs, undefined, { signal: this.#settings.brake.stop }).catch(() => undefined);
  }
}

function understand(posted: PostResult, linesCount: number): BatchAnswer {
  if (posted.kind === 'lost') return { kind: 'unknown', reason: posted.reason };
  return readBatchAnswer(posted, linesCount);
}
