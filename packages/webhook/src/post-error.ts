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

/** First match wins, on the code and the message of an error of undici's or Node's. */
const FAILURES: readonly (readonly [RegExp, FailureReason, string])[] = [
  [/^UND_ERR_HEADERS_OVERFLOW/, 'protocol', 'the head of the answer is too long'],
  [/^UND_ERR_SOCKET bad (response|upgrade)/, 'protocol', 'the answer is not an answer to a POST'],
  [/^UND_ERR_RES_CONTENT_LENGTH_MISMATCH|^HPE_INVALID_EOF_STATE/, 'connection', CLOSED_EARLY],
  [/^HPE_/, 'protocol', 'the answer is not HTTP/1.1'],
  [/^UND_ERR_SOCKET|^ECONNRESET|^EPIPE/, 'connection', CLOSED_EARLY],
  [/^ECONNREFUSED/, 'connection', 'the connection was refused'],
  [/^E(HOST|NET)UNREACH|^EADDRNOTAVAIL/, 'connection', 'the address cannot be reached'],
];

export function toPostError(error: unknown): PostError {
  if (error instanceof PostError) return error;
  const text = describe(error);
  const [, reason, detail] = FAILURES.find(([pattern]) => pattern.test(text)) ?? [
    undefined,
    'connection' as const,
    'the connection failed',
  ];
  return new PostError(reason, detail, error);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // All addresses of a name failed: the first one speaks for them.
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return `${codeOf(error)} ${error.message}`;
}

/** The machine-readable name of an error, or nothing. */
export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
