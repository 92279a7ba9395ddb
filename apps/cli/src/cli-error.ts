/** Something the person at the terminal can act on: the message is a whole sentence, printed without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
