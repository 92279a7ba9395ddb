/** Converts any thrown value to an `Error`, because events carry errors. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
