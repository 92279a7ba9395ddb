/** A file as a whole is of no use: it is missing, cut off, cannot be written, or its CSV header is wrong. */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
}
