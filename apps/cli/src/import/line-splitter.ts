// Splits a byte stream into numbered lines. It keeps at most one unfinished line in memory, and nothing of a
// line that is too long. Invalid bytes are reported and never silently replaced.

import { isUtf8 } from 'node:buffer';

export type SplitLine =
  | { readonly kind: 'text'; readonly number: number; readonly text: string }
  | { readonly kind: 'too-long'; readonly number: number }
  | { readonly kind: 'not-utf8'; readonly number: number };

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

export class LineSplitter {
  readonly #lineBytesMax: number;
  #number = 0;
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** Returns the lines that this chunk completes. */
  push(chunk: Buffer): SplitLine[] {
    const lines: SplitLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      this.#keep(chunk.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  /** The last line, when the file does not end with a line feed. */
  end(): SplitLine[] {
    return this.#restBytes > 0 ? [this.#take()] : [];
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#restBytes += part.length;
    if (this.#restBytes > this.#lineBytesMax) this.#rest = [];
    else this.#rest.push(part);
  }

  #take(): SplitLine {
    const number = ++this.#number;
    const isTooLong = this.#restBytes > this.#lineBytesMax;
    const [first, ...others] = this.#rest;
    this.#rest = [];
    this.#restBytes = 0;
    if (isTooLong) return { kind: 'too-long', number };
    const bytes =
      first === undefined ? Buffer.alloc(0) : others.length === 0 ? first : Buffer.concat([first, ...others]);
    if (!isUtf8(bytes)) return { kind: 'not-utf8', number };
    const text = bytes.toString('utf8');
    return {
      kind: 'text',
      number,
      text: number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text,
    };
  }
}
