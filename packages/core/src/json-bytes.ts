// The size of a text as JSON in UTF-8, in which the size limits of responses are measured.

/** Includes the quotes. Exact, except that control characters with a short escape count as six bytes like all others. */
export function jsonBytesOf(text: string): number {
  let bytes = 2;
  for (let at = 0; at < text.length; at++) bytes += bytesOfUnit(text.charCodeAt(at));
  return bytes;
}

function bytesOfUnit(unit: number): number {
  if (unit < 0x20) return 6;
  if (unit === QUOTE || unit === BACKSLASH) return 2;
  if (unit < 0x80) return 1;
  return unit < 0x800 || isSurrogate(unit) ? 2 : 3;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// A pair of them is one character of four bytes.
function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
