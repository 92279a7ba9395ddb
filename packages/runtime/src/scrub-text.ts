// The last check before the log: removes secrets from any text by their format, in case one was logged by mistake. Do
// not rely on it: secrets must not be logged in the first place.

/** Longer texts are cut: no message of this project is longer. */
export const LOGGED_TEXT_LENGTH_MAX = 1_000;

const SECRETS: readonly (readonly [RegExp, string])[] = [
  // User, password, path and query of any address but a file's. What is left says which server it was.
  [/\b(?!file:)([a-z][a-z0-9+.-]{1,15}:\/\/)(?:[^\s"'<>/?#@]*@)*([^\s"'<>/?#@]*)[^\s"'<>)]*/gi, '$1$2'],
  [/\b(slk_[0-9a-z]{1,16}|whsec)_[\w+/=-]+/gi, '$1_…'],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 …'],
  // Tokens (JWS, compact): three parts, of which the first is JSON in base64.
  [/\beyJ[\w-]+\.[\w-]*\.[\w-]*/g, '…'],
  // Redis repeats what it did not understand.
  [/with args beginning with:[^]*/gi, 'with args …'],
];

/** The text without what looks like a secret, and not longer than `LOGGED_TEXT_LENGTH_MAX`. */
export function scrubText(text: string): string {
  const cut = text.length <= LOGGED_TEXT_LENGTH_MAX ? text : `${text.slice(0, LOGGED_TEXT_LENGTH_MAX)}…`;
  return SECRETS.reduce((scrubbed, [pattern, instead]) => scrubbed.replaceAll(pattern, instead), cut);
}
