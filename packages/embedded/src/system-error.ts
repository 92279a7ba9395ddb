/** Reads errors by their shape: an error of Node's own is no `instanceof Error` inside a test's sandbox. */

/** The system's code (`ENOENT`), `undefined` when there is none. */
export function findErrorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** What the error says, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return (error as Error | undefined)?.message ?? String(error);
}
