// Interprets the HTTP response to a batch. Only a certain result counts as an outcome; every other response
// is `unknown`, and the batch is sent again with the same key.

import { isObject, parseJson } from './parse-json-line.ts';

export interface RawAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly isReplayed: boolean;
  readonly body: string;
}

export type ItemAnswer =
  | { readonly kind: 'decided'; readonly outcome: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'pending' };

export type BatchAnswer =
  /** The whole batch is accepted; the entries are in the order of the lines. */
  | { readonly kind: 'accepted'; readonly items: readonly ItemAnswer[] }
  /** Nothing is enqueued, because too many requests of the org are waiting. */
  | { readonly kind: 'busy'; readonly reason: string }
  /** Whether the batch is enqueued is unknown until the same key is sent again. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** The same request would fail again. */
  | { readonly kind: 'hopeless'; readonly reason: string };

const WHAT_TO_DO: Readonly<Record<number, string>> = {
  401: ' Set SLOTLINE_KEY to a key that is in force; see `slotline keys list`.',
  403: ' An import requires a key with the scope write, or an operator’s key.',
};

/** Never throws: a response that cannot be interpreted is `unknown`. */
export function readBatchAnswer(raw: RawAnswer, linesCount: number): BatchAnswer {
  const { status } = raw;
  if (status === 200 || status === 202) return readItems(raw, linesCount);
  if (status === 400 || status === 422) return readRefusal(raw, linesCount);
  if (status === 429) return { kind: 'busy', reason: describeRefusal(raw) };
  if (status === 408 || status >= 500) return { kind: 'unknown', reason: describeRefusal(raw) };
  return { kind: 'hopeless', reason: `${describeRefusal(raw)}${WHAT_TO_DO[status] ?? ''}` };
}

function readItems(raw: RawAnswer, linesCount: number): BatchAnswer {
  const body = parseJson(raw.body);
  if (body.kind === 'not-json') return unknownAnswer(`${raw.status} with a body that is not JSON`);
  const entries = findEntries(body.json);
  if (entries === undefined) return unknownAnswer(`${raw.status} with a body that has no entries`);
  if (entries.length !== linesCount)
    return unknownAnswer(`${raw.status} with ${entries.length} entries for ${linesCount} lines`);
  const items: ItemAnswer[] = [];
  for (const [at, entry] of entries.entries()) {
    const item = readItem(entry, at);
    if (item.kind === 'unknown') return item;
    items.push(item);
  }
  return { kind: 'accepted', items };
}

/** The body is the array of entries, or an object with the array in `items`. */
function findEntries(body: unknown): readonly unknown[] | undefined {
  const entries = isObject(body) ? body['items'] : body;
  return Array.isArray(entries) ? (entries as unknown[]) : undefined;
}

/** All lines are refused: with one problem per line, or a single problem for all of them. */
function readRefusal(raw: RawAnswer, linesCount: number): BatchAnswer {
  const body = parseJson(raw.body);
  if (body.kind === 'json' && findEntries(body.json) !== undefined) return readItems(raw, linesCount);
  const problem = body.kind === 'json' && isObject(body.json) ? body.json : { detail: describeRefusal(raw) };
  const items = Array.from({ length: linesCount }, (_, at): ItemAnswer => {
    return { kind: 'refused', reason: describeProblem(problem, at) };
  });
  return { kind: 'accepted', items };
}

function readItem(entry: unknown, at: number): ItemAnswer | { kind: 'unknown'; reason: string } {
  if (!isObject(entry)) return unknownAnswer('an entry that is not an object');
  const outcome = isObject(entry['outcome']) ? entry['outcome']['kind'] : undefined;
  if (typeof outcome === 'string') return { kind: 'decided', outcome };
  if (typeof entry['requestId'] === 'string') return { kind: 'pending' };
  const { status } = entry;
  if (typeof status !== 'number') return unknownAnswer('an entry that is neither a request nor a problem');
  if (status === 429 || status >= 500) return unknownAnswer(describeProblem(entry, at));
  return { kind: 'refused', reason: describeProblem(entry, at) };
}

function unknownAnswer(reason: string): { kind: 'unknown'; reason: string } {
  return { kind: 'unknown', reason };
}

function describeRefusal(raw: RawAnswer): string {
  const body = parseJson(raw.body);
  if (body.kind === 'json' && isObject(body.json)) return `${raw.status} ${describeProblem(body.json)}`;
  return `${raw.status}`;
}

/**
 * Formats a problem document (RFC 9457) as one line: its field errors if it has any, else its detail. With an
 * item number, pointers into other items are omitted and pointers into this item lose their `/{number}`.
 */
function describeProblem(problem: Record<string, unknown>, itemNumber?: number): string {
  const errors = Array.isArray(problem['errors']) ? problem['errors'].filter(isObject) : [];
  const own = errors.flatMap((error) => describeFieldError(error, itemNumber) ?? []);
  if (own.length > 0) return own.join('; ');
  const text = problem['detail'] ?? problem['title'];
  if (typeof text === 'string') return text;
  // The service limits the size of its response, so the last of many refused items have only their status.
  return 'moreErrors' in problem
    ? 'refused; the response has no room for the reasons of all refused lines'
    : 'no reason given';
}

/** Undefined when the error belongs to another item. */
function describeFieldError(error: Record<string, unknown>, itemNumber?: number): string | undefined {
  const reason = [error['detail'], error['code'], 'not valid'].find((text) => typeof text === 'string');
  const pointer = typeof error['pointer'] === 'string' ? error['pointer'].replace(/^#/, '') : '';
  const [, item, field] = /^\/(\d+)(\/.*)?$/.exec(pointer) ?? [];
  if (item === undefined || itemNumber === undefined)
    return pointer === '' ? reason : `${pointer}: ${reason}`;
  if (Number(item) !== itemNumber) return undefined;
  return field === undefined ? reason : `${field}: ${reason}`;
}
