// Counts of a run: how much was asked of which operation, how it was answered, how long that took.

import type { Draft } from './generate/draft.ts';
import type { Reply } from './http/exchange.ts';

export class Tally {
  requests = 0;
  closed = 0;
  timedOut = 0;
  /** Refused because the machine held the service up, and so not judged. */
  excused = 0;
  readonly byStatus = new Map<number, number>();
  readonly byOperation = new Map<string, number>();
  readonly byMutation = new Map<string, number>();
  /** Requests that were valid, and how many of them were taken (2xx or 304). */
  valid = 0;
  validTaken = 0;
  mutated = 0;
  mutatedRefused = 0;
  readonly #tookMs: number[] = [];

  count(draft: Draft, reply: Reply): void {
    this.requests++;
    add(this.byOperation, draft.operation.id);
    for (const mutation of draft.mutations) add(this.byMutation, mutation);
    const isValid = draft.mutations.length === 0;
    if (isValid) this.valid++;
    else this.mutated++;
    if (reply.kind === 'closed') this.closed++;
    if (reply.kind === 'timed-out') this.timedOut++;
    if (reply.kind !== 'answered') return;
    const [{ status, tookMs }] = reply.answers;
    if (isValid && status < 400) this.validTaken++;
    if (!isValid && status >= 400) this.mutatedRefused++;
    add(this.byStatus, status);
    this.#tookMs.push(tookMs);
  }

  /** Milliseconds from sending to the whole answer, our own queueing for the two cores among them. */
  latency(share: number): number {
    const sorted = Float64Array.from(this.#tookMs).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
