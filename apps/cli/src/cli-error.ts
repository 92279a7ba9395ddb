/** An error that the user can act on. Its message is a whole sentence, printed without a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
