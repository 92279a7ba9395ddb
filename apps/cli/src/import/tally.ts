// The counts of an import: every line ends in exactly one of them. The final table, the JSON report and the
// progress line use these counts.

import type { Batch } from './batch.ts';
import type { ItemAnswer } from './batch-answer.ts';
import type { BadLine } from './import-line.ts';

/** A line that did not become a request: it could not be sent, or the service refused it. */
export interface RejectedLine {
  readonly line: number;
  readonly by: 'importer' | 'service';
  readonly orgId?: string;
  readonly reason: string;
}

export class Tally {
  /** Outcomes by kind, in the order of their first occurrence. */
  readonly outcomes = new Map<string, number>();
  refused = 0;
  bad = 0;
  decidedBefore = 0;
  retries = 0;
  /** Why a batch currently gets no outcomes; cleared by the next batch that gets them. */
  trouble: string | undefined;
  readonly #onRejected: (rejected: RejectedLine) => void;

  constructor(onRejected: (rejected: RejectedLine) => void) {
    this.#onRejected = onRejected;
  }

  get decided(): number {
    let sum = 0;
    for (const count of this.outcomes.values()) sum += count;
    return sum;
  }

  /** Lines with a final result. */
  get done(): number {
    return this.decided + this.refused + this.bad;
  }

  get hasRejected(): boolean {
    return this.refused + this.bad > 0;
  }

  addBad({ number, reason }: BadLine): void {
    this.bad += 1;
    this.#onRejected({ line: number, by: 'importer', reason });
  }

  /** `items` has the results of the batch's lines in order, none of them pending. */
  addSettled(batch: Batch, items: readonly ItemAnswer[], wasKnown: boolean): void {
    this.trouble = undefined;
    for (const [at, item] of items.entries()) {
      if (item.kind === 'decided') this.#addOutcome(item.outcome, wasKnown);
      else if (item.kind === 'refused') this.#addRefused(batch, at, item.reason);
    }
  }

  addAgain(kind: 'retry' | 'wait', reason: string): void {
    if (kind === 'retry') this.retries += 1;
    this.trouble = reason;
  }

  #addOutcome(outcome: string, wasKnown: boolean): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (wasKnown) this.decidedBefore += 1;
  }

  #addRefused(batch: Batch, at: number, reason: string): void {
    this.refused += 1;
    this.#onRejected({ line: batch.lines[at]?.number ?? 0, by: 'service', orgId: batch.orgId, reason });
  }
}
