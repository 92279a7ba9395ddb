// Turns CSV rows into the JSON lines of the batch endpoint. An empty cell omits the field; `metadata` holds
// JSON; all other cells are sent as text and validated by the service.

import { badLine, DEFAULT_ORG_ID, type ImportLine } from './import-line.ts';
import { parseJson } from './parse-json-line.ts';

const CSV_COLUMNS = [
  'op',
  'orgId',
  'resourceId',
  'id',
  'start',
  'end',
  'createdAt',
  'updatedAt',
  'callbackUrl',
  'metadata',
] as const;

/** Why this header row is invalid; undefined when it is valid. */
export function findHeaderFault(header: readonly string[]): string | undefined {
  const known: readonly string[] = CSV_COLUMNS;
  const unknown = header.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return `unknown CSV column ${unknown.join(', ')}; the columns are ${known.join(', ')}`;
  if (!header.includes('id')) return 'the CSV header lacks id';
  if (new Set(header).size < header.length) return 'the CSV header names a column twice';
  return undefined;
}

/**
 * `cells` has the length of `header`; rows of another length are rejected before. A cell that begins with a
 * quote was quoted wrongly and may contain parts of the next rows, so it is rejected even if the quote was
 * intended.
 */
export function parseCsvRow(number: number, header: readonly string[], cells: readonly string[]): ImportLine {
  const fields: Record<string, unknown> = {};
  for (const [at, name] of header.entries()) {
    const cell = cells[at] ?? '';
    if (cell === '') continue;
    if (cell.startsWith('"')) return badLine(number, `/${name}: malformed CSV: a quote inside a quoted cell`);
    if (name === 'metadata') {
      const metadata = parseJson(cell);
      if (metadata.kind === 'not-json') return badLine(number, `/metadata: not JSON: ${metadata.reason}`);
      fields[name] = metadata.json;
    } else fields[name] = cell;
  }
  const orgId = typeof fields['orgId'] === 'string' ? fields['orgId'] : DEFAULT_ORG_ID;
  return { kind: 'good', number, orgId, json: JSON.stringify(fields) };
}
