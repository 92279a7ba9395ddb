// Text from outside on a terminal: it moves no cursor, changes no colour, turns no text around and begins no line. Everything
// that a client, a page, a file or a server chose passes through here before a person sees it.

/** Longer texts are cut: a terminal is for looking, and files and `--json` have the whole. */
export const SHOWN_LENGTH_MAX = 1_000;

/** Control and format characters (bidirectional ones among them), lone surrogates, private use, line and paragraph ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** The text in one line of at most `lengthMax` characters, with what a terminal obeys shown as `\u{1b}`. */
export function printable(text: string, lengthMax = SHOWN_LENGTH_MAX): string {
  const cut = text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}…`;
  return cut.replaceAll(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same of a text whose line feeds are ours. */
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
