// CSV bytes to import lines. csv-parse knows quoting; a row that it cannot read, or of another length than
// the header, is reported with the number of the line on which it ends, and reading goes on behind it.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CsvError, parse, type Parser } from 'csv-parse';
import { badLine, type BadLine, type ImportLine } from './import-line.ts';
import { findHeaderFault, parseCsvRow } from './parse-csv-row.ts';
import { UnusableFileError } from './unusable-file-error.ts';

const ROWS_AT_ONCE = 500;

interface Row {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/**
 * Throws what the source throws, and `UnusableFileError` on a header that cannot be used, before any row,
 * and at a row over `lineBytesMax`: it comes from a quote that nothing closes, and the end of that row
 * cannot be known.
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<ImportLine[]> {
  let lines: ImportLine[] = [];
  let header: string[] | undefined;
  const parser = openParser(lineBytesMax, (bad) => lines.push(bad));
  // A fault on either side destroys both and comes out of the loop below.
  pipeline(Readable.from(chunks), parser).catch(() => undefined);
  for await (const { record, info } of parser as AsyncIterable<Row>) {
    if (header === undefined) header = checkHeader(record);
    else lines.push(parseCsvRow(info.lines, header, record));
    if (lines.length < ROWS_AT_ONCE) continue;
    yield lines;
    lines = [];
  }
  yield lines;
}

function openParser(lineBytesMax: number, onBad: (bad: BadLine) => void): Parser {
  return parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: lineBytesMax,
    // A strict parser takes everything up to the next quote for part of a wrongly quoted cell, good rows
    // included. This one leaves the quotes in the cell, where parseCsvRow finds them.
    relax_quotes: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      // Skipping here would drop the rest of the chunk without a word.
      if (error?.code === 'CSV_MAX_RECORD_SIZE') throw new UnusableFileError(describeCsvError(error));
      onBad(badLine(Number(error?.['lines'] ?? 0), describeCsvError(error)));
      return undefined;
    },
  });
}

function describeCsvError(error: CsvError | undefined): string {
  return `malformed CSV: ${error?.message ?? 'unreadable'}`;
}

function checkHeader(header: string[]): string[] {
  const fault = findHeaderFault(header);
  if (fault !== undefined) throw new UnusableFileError(fault);
  return header;
}
