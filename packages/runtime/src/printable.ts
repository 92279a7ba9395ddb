// Makes untrusted text safe for a terminal: it cannot move the cursor, change colours, reverse text or start a line. All
// text from a client, a page, a file or a server passes through here before it is displayed.

/** Longer texts are cut on a terminal; files and `--json` contain the whole text. */
export const SHOWN_LENGTH_MAX = 1_000;

/** Control and format characters (bidirectional ones among them), lone surrogates, private use, line and paragraph ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** The text in one line of at most `lengthMax` characters, with control characters escaped, as `\u{1b}`. */
export function printable(text: string, lengthMax = SHOWN_LENGTH_MAX): string {
  const cut = text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}…`;
  return cut.replaceAll(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same for a text with trusted line feeds, which are kept. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

/** JSON of the same value. `JSON.stringify` itself leaves DEL, C1 and bidirectional controls as they are. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, at) => escapedUnit(character.charCodeAt(at))).join(''),
  );
}

function escapedUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
