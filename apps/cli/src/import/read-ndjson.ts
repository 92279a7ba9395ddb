// Parses NDJSON bytes into import lines. It yields one array per chunk, because awaiting every single line
// would cost more than parsing it.

import { badLine, type ImportLine } from './import-line.ts';
import { LineSplitter, type SplitLine } from './line-splitter.ts';
import { parseJsonLine } from './parse-json-line.ts';

/** In file order; blank lines are skipped. Throws only what the source throws. */
export async function* readNdjson(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<ImportLine[]> {
  const splitter = new LineSplitter(lineBytesMax);
  const parse = (line: SplitLine): ImportLine[] => parseSplitLine(line, lineBytesMax);
  for await (const chunk of chunks) yield splitter.push(chunk).flatMap(parse);
  yield splitter.end().flatMap(parse);
}

function parseSplitLine(line: SplitLine, lineBytesMax: number): ImportLine[] {
  switch (line.kind) {
    case 'too-long':
      return [badLine(line.number, `longer than ${lineBytesMax} bytes`)];
    case 'not-utf8':
      return [badLine(line.number, 'not valid UTF-8')];
    case 'text':
      return line.text.trim() === '' ? [] : [parseJsonLine(line.number, line.text)];
  }
}
