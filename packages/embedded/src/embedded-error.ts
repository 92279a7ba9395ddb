/**
 * The one error this package throws on purpose. Its message is a whole sentence for the person at the
 * terminal: what is wrong and what to do about it. Callers print the message and leave the stack out.
 */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';
}
