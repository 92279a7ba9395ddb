// Reports the lines that did not become requests: the first ones on stderr, and all of them as NDJSON in the
// file of `--bad-lines`, with line numbers by which they can be found and corrected.

import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { printable, printableJson } from '@slotline/runtime';
import type { RejectedLine } from './tally.ts';
import { type DisplayStream, printLine } from './terminal-line.ts';
import { UnusableFileError } from './unusable-file-error.ts';

export interface RejectedLineLog {
  add(rejected: RejectedLine): void;
  /** Prints how many lines were not shown and waits until the file is written; throws when that fails. */
  close(): Promise<void>;
}

/** Throws `UnusableFileError` when `file` cannot be written. */
export async function openRejectedLineLog(
  file: string | undefined,
  shownMax: number,
  screen: DisplayStream,
): Promise<RejectedLineLog> {
  const output = file === undefined ? undefined : await openOutput(file);
  let count = 0;
  return {
    add(rejected) {
      count += 1;
      if (count <= shownMax) printLine(screen, formatRejectedLine(rejected));
      output?.stream.write(`${printableJson(rejected)}\n`);
    },
    async close() {
      if (count > shownMax) printLine(screen, formatRest(count - shownMax, file));
      output?.stream.end();
      await output?.written;
    },
  };
}

function formatRejectedLine({ line, by, orgId, reason }: RejectedLine): string {
  const why = printable(reason);
  return by === 'importer'
    ? `line ${line}: ${why}`
    : `line ${line} (org ${printable(orgId ?? '')}) refused: ${why}`;
}

function formatRest(count: number, file: string | undefined): string {
  return `… and ${count} more bad lines${file === undefined ? '; use --bad-lines FILE to get all of them' : `, all in ${printable(file)}`}`;
}

async function openOutput(file: string): Promise<{ stream: Writable; written: Promise<void> }> {
  try {
    const handle = await open(file, 'w');
    const stream = handle.createWriteStream();
    const written = finished(stream);
    // Handled from the start, so that `close` reports a full disk and there is no unhandled rejection before.
    written.catch(() => undefined);
    return { stream, written };
  } catch (error) {
    throw new UnusableFileError(`cannot write ${file}: ${(error as Error).message}`, { cause: error });
  }
}
