// An error answer. Thrown anywhere below a route; only `answer-error.ts` writes it.

import {
  PROBLEM_TYPE_PREFIX,
  PROBLEMS,
  type FieldError,
  type Problem,
  type ProblemCode,
} from '@slotline/contract';

export interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** How many errors there are beyond `errors`. */
  readonly moreErrors?: number;
  /** Extension members of the document, such as `conflictsWith`. */
  readonly extension?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Logged, never sent. */
  readonly cause?: unknown;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

/** The RFC 9457 document of a problem; `instance` is the trace id of the HTTP request. */
export function toProblem(code: ProblemCode, options: ProblemOptions, traceId: string): Problem {
  const { status, title } = PROBLEMS[code];
  return {
    type: `${PROBLEM_TYPE_PREFIX}${code}`,
    title,
    status,
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    instance: traceId,
    ...(options.errors === undefined ? {} : { errors: [...options.errors] }),
    ...((options.moreErrors ?? 0) === 0 ? {} : { moreErrors: options.moreErrors }),
    ...options.extension,
  };
}
