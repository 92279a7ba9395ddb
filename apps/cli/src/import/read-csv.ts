// Parses CSV bytes into import lines. csv-parse handles quoting. A row that is malformed or has another
// length than the header is reported with the number of the line on which it ends, and reading continues
// after it.

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
 * Throws the source's errors. Throws `UnusableFileError` for an invalid header, before any row, and for a row
 * over `lineBytesMax`: that row comes from an unclosed quote, and its end cannot be determined.
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<ImportLine[]> {
  let lines: ImportLine[] = [];
  let header: string[] | undefined;
  const parser = openParser(lineBytesMax, (bad) => lines.push(bad));
  // An error on either side destroys both streams and is thrown by the loop below.
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
    // A strict parser would treat everything up to the next quote as part of a wrongly quoted cell, including
    // good rows. With this option the quotes stay in the cell, where parseCsvRow finds them.
    relax_quotes: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      // Skipping here would silently drop the rest of the chunk.
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
