/**
 * The whole file is unusable: it is missing or truncated, cannot be written, or has an invalid CSV header.
 */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
}
