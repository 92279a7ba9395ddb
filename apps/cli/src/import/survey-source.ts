// The first pass over the file: its hash (part of the keys) and its length (for the ETA). It does not count
// orgs; the second pass cuts the batches, see batch-cutter.ts.

import { createHash } from 'node:crypto';
import type { ImportSource } from './import-source.ts';

export interface Survey {
  /** Hash of the unpacked content, so that other compression does not make it another import. */
  readonly contentSha256: string;
  /** Line feeds, plus one for a last line without line feed: an upper bound of the lines to send. */
  readonly lines: number;
  readonly bytes: number;
}

const LINE_FEED = 0x0a;

/** Throws `UnusableFileError` when the file cannot be read to its end. */
export async function surveySource(source: Pick<ImportSource, 'read'>): Promise<Survey> {
  const hash = createHash('sha256');
  let lines = 0;
  let bytes = 0;
  let last = LINE_FEED;
  for await (const chunk of source.read()) {
    hash.update(chunk);
    lines += countLineFeeds(chunk);
    bytes += chunk.length;
    last = chunk.at(-1) ?? last;
  }
  return { contentSha256: hash.digest('hex'), lines: lines + (last === LINE_FEED ? 0 : 1), bytes };
}

function countLineFeeds(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
