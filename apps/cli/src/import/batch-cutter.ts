// Divides the lines of a file into batches of one org each, in file order. The end of a batch depends only on
// the lines before it, never on speed, on responses or on earlier runs.
//
// Line m of an org is in its batch floor(m / 500), with two exceptions that also depend only on the file. A
// batch that would exceed the body limit ends early. When all open batches together hold too much (a file
// that rotates over thousands of orgs), all of them end.

import type { Batch } from './batch.ts';
import type { GoodLine } from './import-line.ts';
import type { ImportLimits } from './import-limits.ts';

interface OpenBatch {
  readonly lines: GoodLine[];
  bytes: number;
}

/** The comma or bracket next to every line. */
const BYTES_BESIDE_LINE = 1;
const BRACKETS_BYTES = 2;

export class BatchCutter {
  readonly #limits: ImportLimits;
  readonly #open = new Map<string, OpenBatch>();
  readonly #cutCounts = new Map<string, number>();
  #openLines = 0;
  #openBytes = 0;

  constructor(limits: ImportLimits) {
    this.#limits = limits;
  }

  get openLines(): number {
    return this.#openLines;
  }

  get openBytes(): number {
    return this.#openBytes;
  }

  /** Adds the next line of the file and returns the batches that it completes, mostly none. */
  add(line: GoodLine): Batch[] {
    const bytes = Buffer.byteLength(line.json) + BYTES_BESIDE_LINE;
    const complete = this.#hasRoom(line.orgId, bytes) ? [] : [this.#cut(line.orgId)];
    const batch = this.#openBatch(line.orgId);
    batch.lines.push(line);
    batch.bytes += bytes;
    this.#openLines += 1;
    this.#openBytes += bytes;
    if (batch.lines.length >= this.#limits.batchLinesMax) complete.push(this.#cut(line.orgId));
    if (this.#isOverfull()) complete.push(...this.cutAll());
    return complete;
  }

  /** Ends every open batch. After the last line these are the remaining batches. */
  cutAll(): Batch[] {
    return [...this.#open.keys()].map((orgId) => this.#cut(orgId));
  }

  #hasRoom(orgId: string, bytes: number): boolean {
    const open = this.#open.get(orgId);
    return open === undefined || open.bytes + bytes <= this.#limits.batchBytesMax;
  }

  #isOverfull(): boolean {
    return this.#openLines >= this.#limits.openLinesMax || this.#openBytes >= this.#limits.openBytesMax;
  }

  #openBatch(orgId: string): OpenBatch {
    const open = this.#open.get(orgId) ?? { lines: [], bytes: BRACKETS_BYTES };
    this.#open.set(orgId, open);
    return open;
  }

  #cut(orgId: string): Batch {
    const { lines, bytes } = this.#openBatch(orgId);
    const number = this.#cutCounts.get(orgId) ?? 0;
    this.#open.delete(orgId);
    this.#cutCounts.set(orgId, number + 1);
    this.#openLines -= lines.length;
    this.#openBytes -= bytes - BRACKETS_BYTES;
    return { orgId, number, lines, bytes };
  }
}
