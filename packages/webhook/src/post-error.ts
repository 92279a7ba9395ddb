// Why a post failed, on its way from where it was noticed to the answer. What others throw is translated by
// one table; its messages are never passed on, because they name addresses that the client has no business with.

import type { FailureReason } from './answer.ts';

export class PostError extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = 'PostError';
    this.reason = reason;
  }
}

const CLOSED_EARLY = 'the connection was closed before the answer was complete';

const OTHERWISE = [undefined, 'connection', 'the connection failed'] as const;

/** First match wins, on name, code and message of an error of undici's or Node's. */
const FAILURES: readonly (readonly [RegExp, FailureReason, string])[] = [
  [/ UND_ERR_HEADERS_OVERFLOW /, 'protocol', 'the head of the answer is too long'],
  [/ UND_ERR_SOCKET bad (?:response|upgrade)/, 'protocol', 'the answer is not an answer to a POST'],
  [/ UND_ERR_INVALID_ARG /, 'protocol', 'the request cannot be written'],
  [/ UND_ERR_RES_CONTENT_LENGTH_MISMATCH |Invalid EOF state/, 'connection', CLOSED_EARLY],
  // The parser of undici 8 puts no code on its errors.
  [/^HTTPParserError /, 'protocol', 'the answer is not HTTP/1.1'],
  [/ (?:UND_ERR_SOCKET|ECONNRESET|EPIPE) /, 'connection', CLOSED_EARLY],
  [/ ECONNREFUSED /, 'connection', 'the connection was refused'],
  [/ (?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL) /, 'connection', 'the address cannot be reached'],
];

export function toPostError(error: unknown): PostError {
  if (error instanceof PostError) return error;
  const text = `${fieldOf(error, 'name')} ${codeOf(error)} ${fieldOf(error, 'message')}`;
  const [, reason, detail] = FAILURES.find(([pattern]) => pattern.test(text)) ?? OTHERWISE;
  return new PostError(reason, detail, error);
}

/** The machine-readable name of an error, or nothing. */
export function codeOf(error: unknown): string {
  return fieldOf(error, 'code');
}

// Not by `instanceof`: an error of Node's own may come of another realm.
function fieldOf(error: unknown, field: 'name' | 'code' | 'message'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value = (error as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
