/**
 * The error for a failed or unavailable Redis: the operation may or may not have taken effect, and retrying
 * with the same ids is safe. Any other error thrown by this package is a programming mistake.
 */
export type UnavailableCode = 'redis-unavailable' | 'redis-out-of-memory' | 'timeout' | 'replicas-missing';

export class QueueUnavailableError extends Error {
  readonly code: UnavailableCode;

  constructor(code: UnavailableCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'QueueUnavailableError';
    this.code = code;
  }
}

/**
 * First match wins. Redis puts its error code first; the other patterns are messages of ioredis and the
 * socket.
 */
const CODE_BY_MESSAGE: readonly (readonly [RegExp, UnavailableCode])[] = [
  [/^-?OOM\b/, 'redis-out-of-memory'],
  [/^Command timed out/, 'timeout'],
  [
    /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MISCONF|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM)\b/,
    'redis-unavailable',
  ],
  [/^NOREPLICAS\b/, 'replicas-missing'],
  [/ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|socket/i, 'redis-unavailable'],
  [
    /Connection is closed|isn't writeable|max retries per request|Failed to refresh slots/i,
    'redis-unavailable',
  ],
];

/** Converts an operational failure to a `QueueUnavailableError`; returns any other error unchanged. */
export function toUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof QueueUnavailableError) return error;
  const code = findUnavailableCode(error);
  return code ? new QueueUnavailableError(code, `Redis: ${error.message}`, error) : error;
}

export function findUnavailableCode(error: Error): UnavailableCode | undefined {
  return CODE_BY_MESSAGE.find(([pattern]) => pattern.test(error.message))?.[1];
}
