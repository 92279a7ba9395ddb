// Splits a batch body into the texts of its items, in one pass over the bytes. Items are counted before any
// is parsed: a batch that is too long is refused at the first excess item.

import { ProblemError } from './problem-error.ts';

const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The lines of NDJSON that are not blank. Throws a `ProblemError` when there are none, or more than `itemsMax`. */
export function splitLines(bytes: Buffer, itemsMax: number): readonly Buffer[] {
  const items = new Items(bytes, itemsMax);
  for (let at = 0; at <= bytes.length; at += 1) if ((bytes[at] ?? LINE_FEED) === LINE_FEED) items.endLine(at);
  return items.all();
}

/**
 * The texts between the commas of a JSON array. The body is valid JSON if and only if each of them is. Throws a
 * `ProblemError` when the body is no array, is empty, or has more than `itemsMax` items.
 */
export function splitArray(bytes: Buffer, itemsMax: number): readonly Buffer[] {
  const begin = findBeginning(bytes);
  const items = new Items(bytes, itemsMax, begin + 1);
  const end = walkArray(bytes, begin + 1, (comma) => items.end(comma));
  if (!isBlank(bytes, end + 1, bytes.length)) throw malformed(end + 1);
  items.endArray(end);
  return items.all();
}

/** The items found so far, and the start of the next one. */
class Items {
  readonly #bytes: Buffer;
  readonly #max: number;
  readonly #found: Buffer[] = [];
  #start: number;

  constructor(bytes: Buffer, max: number, start = 0) {
    this.#bytes = bytes;
    this.#max = max;
    this.#start = start;
  }

  end(at: number): void {
    if (this.#found.length === this.#max) throw wrongNumber(this.#max);
    this.#found.push(this.#bytes.subarray(this.#start, at));
    this.#start = at + 1;
  }

  endLine(at: number): void {
    if (isBlank(this.#bytes, this.#start, at)) this.#start = at + 1;
    else this.end(at);
  }

  // `[]` has no item; after a comma an empty text is an item that is not JSON.
  endArray(at: number): void {
    if (this.#found.length > 0 || !isBlank(this.#bytes, this.#start, at)) this.end(at);
  }

  all(): readonly Buffer[] {
    if (this.#found.length === 0) throw wrongNumber(this.#max);
    return this.#found;
  }
}

/** The index at which the array begins. */
function findBeginning(bytes: Buffer): number {
  const hasMark = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  let at = hasMark ? BYTE_ORDER_MARK.length : 0;
  while (isBlank(bytes, at, at + 1) && at < bytes.length) at += 1;
  if (at === bytes.length) throw malformed(at);
  if (bytes[at] === BRACKET) return at;
  const detail = 'Must be an array of items.';
  throw new ProblemError('invalid-request', { errors: [{ pointer: '', code: 'wrong-type', detail }] });
}

/** Returns the end of the array with its items from `from`, and reports each comma between its items. */
function walkArray(bytes: Buffer, from: number, onComma: (at: number) => void): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === COMMA && depth === 0) onComma(at);
    else if (byte === BRACKET || byte === BRACE) depth += 1;
    else if (byte === BRACKET_END && depth === 0) return at;
    else if (byte === BRACKET_END || byte === BRACE_END) depth -= 1;
    if (depth < 0) throw malformed(at);
  }
  throw malformed(bytes.length);
}

function endOfString(bytes: Buffer, begin: number): number {
  let at = begin + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return false;
  }
  return true;
}

function wrongNumber(max: number): ProblemError {
  const detail = `Must be 1 to ${max} items. Send more in several batches.`;
  return new ProblemError('invalid-request', { errors: [{ pointer: '', code: 'out-of-range', detail }] });
}

function malformed(at: number): ProblemError {
  return new ProblemError('malformed-json', { detail: `The body cannot be parsed as JSON at byte ${at}.` });
}
