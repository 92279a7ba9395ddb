// The allow-list of error fields that reach the log. Drivers attach queries, parameters, rows and whole commands to
// errors and quote clients' data in messages. Those are removed here, so callers may log any error.

import { scrubText } from './scrub-text.ts';

/** How deep a chain of causes is followed into a log line. */
export const CAUSES_LOGGED_MAX = 5;
const FRAMES_LOGGED_MAX = 20;

export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** Where it was made, without the message that V8 puts before it. */
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/**
 * Type, message, code, stack and causes of whatever was thrown. Left out with all else: PostgreSQL's `detail` and
 * `where`, which show rows (its message and code name the constraint), and the address of a refused connection.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!isError(error)) return { type: typeof error, message: scrubText(String(error)) };
  const { name, message }: { name: unknown; message: unknown } = error;
  const code = codeOf(error);
  const stack = framesOf(error.stack);
  const hasCause = error.cause !== undefined && depth < CAUSES_LOGGED_MAX;
  return {
    type: scrubText(String(name)),
    message: scrubText(quotesInput(error) ? withoutQuotes(String(message)) : String(message)),
    ...(code === undefined ? {} : { code }),
    ...(stack === '' ? {} : { stack }),
    ...(hasCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** Errors of another realm too, which are no instances of this one's. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? scrubText(error.code) : undefined;
}

// JSON.parse quotes the text around a fault, and PostgreSQL the value it cannot take (class 22, data exceptions). Errors
// of ours that repeat such a message say the SQLSTATE beside it.
function quotesInput(error: Error): boolean {
  const { sqlState, severity } = error as Error & { sqlState?: unknown; severity?: unknown };
  const state = severity === undefined ? sqlState : codeOf(error);
  return error.name === 'SyntaxError' || (typeof state === 'string' && state.startsWith('22'));
}

function withoutQuotes(message: string): string {
  return message.replaceAll(/"[^]*"|'[^']*'/g, '"…"');
}

function framesOf(stack: string | undefined): string {
  const frames = (stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  return frames.slice(0, FRAMES_LOGGED_MAX).join('\n');
}
