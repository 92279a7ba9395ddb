// CSV bytes to import lines. csv-parse knows quoting; a row it cannot read, or of the wrong length, is
// reported with the number of the line on which it ends, and reading goes on behind it.

import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { badLine, type ImportLine } from './import-line.ts';
import { findHeaderFault, parseCsvRow } from './parse-csv-row.ts';
import { UnusableFileError } from './unusable-file-error.ts';

const ROWS_AT_ONCE = 500;

interface Row {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Throws `UnusableFileError` on a header that cannot be used, before any row, and what the source throws. */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<ImportLine[]> {
  let lines: ImportLine[] = [];
  let header: string[] | undefined;
  const onSkip = (error: CsvError | undefined): undefined => {
    lines.push(badLine(Number(error?.['lines'] ?? 0), `malformed CSV: ${error?.message ?? 'unreadable'}`));
    return undefined;
  };
  for await (const { record, info } of openRows(chunks, lineBytesMax, onSkip)) {
    if (header === undefined) header = checkHeader(record);
    else lines.push(parseCsvRow(info.lines, header, record));
    if (lines.length < ROWS_AT_ONCE) continue;
    yield lines;
    lines = [];
  }
  yield lines;
}

function openRows(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
  onSkip: (error: CsvError | undefined) => undefined,
): AsyncIterable<Row> {
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: lineBytesMax,
    on_skip: onSkip,
  });
  const source = Readable.from(chunks, { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  return source.pipe(parser);
}

function checkHeader(header: string[]): string[] {
  const fault = findHeaderFault(header);
  if (fault !== undefined) throw new UnusableFileError(fault);
  return header;
}
