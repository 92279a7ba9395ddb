// One POST's worth of lines of one org. Its number and its lines follow from the file alone, so the same
// file always gives the same batches with the same keys, which is what makes an import repeatable.

import { createHash } from 'node:crypto';
import type { GoodLine } from './import-line.ts';
import type { ImportLimits } from './import-limits.ts';

export interface Batch {
  readonly orgId: string;
  /** Counted from 0 for each org. */
  readonly number: number;
  readonly lines: readonly GoodLine[];
  readonly bytes: number;
}

/** A JSON array of the lines as they stand: they are JSON already, so nothing is serialised again. */
export function batchBody(batch: Batch): string {
  return `[${batch.lines.map((line) => line.json).join(',')}]`;
}

type CuttingLimits = Pick<ImportLimits, 'batchLinesMax' | 'batchBytesMax' | 'openLinesMax' | 'openBytesMax'>;

/**
 * The part of the keys that is the same for a whole import: what the file says and how it is cut. Two
 * imports share keys only if they share both.
 */
export function importKey(contentSha256: string, limits: CuttingLimits): string {
  const { batchLinesMax, batchBytesMax, openLinesMax, openBytesMax } = limits;
  const cutting = [batchLinesMax, batchBytesMax, openLinesMax, openBytesMax].join(' ');
  return `import-${contentSha256.slice(0, 16)}-${batchLinesMax}.${digest(cutting, 6)}`;
}

/**
 * The `Idempotency-Key` of a batch: visible ASCII and far below 255 characters for any org, hence the
 * digest of it. The service adds `#{n}` for item n.
 */
export function batchKey(importKeyOfFile: string, batch: Pick<Batch, 'orgId' | 'number'>): string {
  return `${importKeyOfFile}-${digest(batch.orgId, 16)}-${batch.number}`;
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
