// The beginning of an answer as text that can be stored, logged and shown: the receiver chose every byte of it.

import { ANSWER_CHARS_MAX } from './limits.ts';

/** Control, format, private and unassigned characters, and line ends of any kind: what moves, hides or forges text. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** At most 1,000 characters. Bytes that are no UTF-8 and characters that are not printable become `\uFFFD`. */
export function toPrintable(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8').decode(bytes).slice(0, ANSWER_CHARS_MAX);
  // A character that was cut in two is a lone surrogate now, which is one of \p{C}.
  return text.replaceAll(UNPRINTABLE, '\uFFFD');
}
