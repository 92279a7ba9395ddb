/** What was thrown, as an error: anything may be thrown, and whoever listens to events is told of errors. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
