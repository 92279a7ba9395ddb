// Reads TypeScript just far enough for the house rules: what is code, what is comment, what is quoted, what
// is imported. A light tokenizer and not a parser: TypeScript 7 has no compiler API in JavaScript.

const TOKEN = new RegExp(
  [
    String.raw`//[^\n]*|/\*[\s\S]*?\*/`, // comments
    String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`, // strings
    '`' + String.raw`(?:\\[\s\S]|\$\{(?:[^{}]|\{[^{}]*\})*\}|[^` + '`' + String.raw`\\])*` + '`', // templates
    // A slash begins a regular expression only where no value can stand before it.
    String.raw`(?<=(?:^|[=(,:[!&|?{};\n]|\breturn)\s*)/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+/[a-z]*`,
  ].join('|'),
  'g',
);
const IMPORT = /\b(?:import|export)\b(?:[^'";=()]*?\bfrom\s*|\s*\(\s*|\s*)(['"])([^'"\n]+)\1/g;

const isComment = (token: string) => token.startsWith('//') || token.startsWith('/*');
const blank = (token: string) => token.replaceAll(/[^\n]/g, ' ');

/** The text with comments made blank, every other character in its place. */
function withoutComments(text: string): string {
  return text.replaceAll(TOKEN, (token) => (isComment(token) ? blank(token) : token));
}

/** The text with comments and everything quoted made blank: what is left is code. */
export function codeOf(text: string): string {
  return text.replaceAll(TOKEN, blank);
}

/** The text of the comments, without their marks; everything else made blank. */
export function commentsOf(text: string): string {
  const comments = blank(text).split('');
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (!isComment(token)) continue;
    const prose = token.replaceAll(/^\/\/+|^\/\*+|\*+\/$|^[^\S\n]*\*/gm, blank);
    comments.splice(index, token.length, ...prose.split(''));
  }
  return comments.join('');
}

export interface Quote {
  readonly text: string;
  readonly line: number;
}

/** Strings and templates, without their quotes. */
export function quotesOf(text: string): Quote[] {
  return [...text.matchAll(TOKEN)]
    .filter(([token]) => /^['"`]/.test(token))
    .map(({ 0: token, index }) => ({ text: token.slice(1, -1), line: lineOf(text, index) }));
}

export interface Place {
  readonly found: string;
  readonly line: number;
}

/** Where the pattern begins in code; it may go on into what is quoted, as `from '…'` does. */
export function findInCode(text: string, pattern: RegExp): Place[] {
  const code = codeOf(text);
  return [...withoutComments(text).matchAll(pattern)]
    .filter(({ index }) => code.charAt(index).trim() !== '')
    .map(({ 0: found, index }) => ({ found, line: lineOf(text, index) }));
}

export interface Import {
  readonly from: string;
  readonly line: number;
}

/** Everything named behind `import`, `import()` and `export … from`, types included. */
export function importsOf(text: string): Import[] {
  return findInCode(text, IMPORT).map(({ found, line }) => ({
    from: found.split(/['"]/).at(-2) ?? '',
    line,
  }));
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
