// Parses one NDJSON line to find its org. The text itself is sent unchanged, so nothing is lost by parsing
// and serialising it again.

import { badLine, DEFAULT_ORG_ID, type ImportLine } from './import-line.ts';

/** Never throws: every text becomes a good or a bad line. The caller skips blank lines. */
export function parseJsonLine(number: number, text: string): ImportLine {
  const json = text.trim();
  const value = parseJson(json);
  if (value.kind === 'not-json') return badLine(number, `not JSON: ${value.reason}`);
  if (!isObject(value.json)) return badLine(number, 'not a JSON object');
  const { orgId = DEFAULT_ORG_ID } = value.json;
  if (typeof orgId !== 'string') return badLine(number, '/orgId: not a string');
  return { kind: 'good', number, orgId, json };
}

export type ParsedJson = { kind: 'json'; json: unknown } | { kind: 'not-json'; reason: string };

export function parseJson(text: string): ParsedJson {
  try {
    return { kind: 'json', json: JSON.parse(text) as unknown };
  } catch (error) {
    return { kind: 'not-json', reason: (error as SyntaxError).message };
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
