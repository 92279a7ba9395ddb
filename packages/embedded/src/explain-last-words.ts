/** Recognises in a server's last words what its user can repair without knowing the server. */

const ADVICE: readonly [RegExp, (found: string) => string][] = [
  [
    /error while loading shared libraries: ([^\s:]+)/,
    (library) =>
      `It needs the library ${library}, which this machine lacks: install it, or use a server of yours.`,
  ],
  [/No space left on device/, () => 'The disk is full: make room, then try again.'],
  [
    /could not create shared memory segment|could not map anonymous shared memory/,
    () => 'Memory is short: free some.',
  ],
  [
    /incompatible|Can't handle RDB format version/,
    () => 'The data was written by another version of the server.',
  ],
];

/** A sentence that says what to do, followed by a space; empty when the words are not known. */
export function explainLastWords(words: string): string {
  for (const [pattern, advise] of ADVICE) {
    const match = pattern.exec(words);
    if (match !== null) return `${advise(match[1] ?? '')} `;
  }
  return '';
}
