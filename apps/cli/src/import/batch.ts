// The lines of one org that are sent in one POST. Number and lines depend only on the file, so the same file
// always gives the same batches with the same keys. This makes an import repeatable.

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

/** A JSON array of the unchanged lines: they are already JSON and are not serialised again. */
export function batchBody(batch: Batch): string {
  return `[${batch.lines.map((line) => line.json).join(',')}]`;
}

type CuttingLimits = Pick<ImportLimits, 'batchLinesMax' | 'batchBytesMax' | 'openLinesMax' | 'openBytesMax'>;

/**
 * The common part of all keys of an import: the file's content and the limits that cut it into batches. Two
 * imports share keys only if both are equal.
 */
export function importKey(contentSha256: string, limits: CuttingLimits): string {
  const { batchLinesMax, batchBytesMax, openLinesMax, openBytesMax } = limits;
  const cutting = [batchLinesMax, batchBytesMax, openLinesMax, openBytesMax].join(' ');
  return `import-${contentSha256.slice(0, 16)}-${batchLinesMax}.${digest(cutting, 6)}`;
}

/**
 * The `Idempotency-Key` of a batch. The org is hashed, so that the key is visible ASCII and far below 255
 * characters for any org. The service adds `#{n}` for item n.
 */
export function batchKey(importKeyOfFile: string, batch: Pick<Batch, 'orgId' | 'number'>): string {
  return `${importKeyOfFile}-${digest(batch.orgId, 16)}-${batch.number}`;
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
