// Reads one NDJSON line just far enough to know its org. The text itself travels on unchanged, so that
// nothing the client wrote is lost in a round trip through objects.

import { badLine, DEFAULT_ORG_ID, type ImportLine } from './import-line.ts';

/** Total: every text becomes a good or a bad line; blank ones are the caller's to skip. */
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
