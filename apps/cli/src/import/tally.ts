// The figures of an import while it runs: every line ends in exactly one of them. The final table, the
// JSON report and the progress line all read from here.

import type { Batch } from './batch.ts';
import type { ItemAnswer } from './batch-answer.ts';
import type { BadLine } from './import-line.ts';

/** A line that did not become a request: bad in itself, or refused by the service. */
export interface RejectedLine {
  readonly line: number;
  readonly by: 'importer' | 'service';
  readonly orgId?: string;
  readonly reason: string;
}

export class Tally {
  /** Outcomes by kind, in the order in which they first came up. */
  readonly outcomes = new Map<string, number>();
  refused = 0;
  bad = 0;
  decidedBefore = 0;
  retries = 0;
  /** What currently keeps a batch from its outcomes; cleared by the next batch that gets them. */
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

  /** Lines that are done with, one way or another. */
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

  /** `items` are the answers to the batch's lines in order, none of them pending. */
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
