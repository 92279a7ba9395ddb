// One invalid field: a message and a stable code. Converts zod's issues into the `errors` of a validation problem, so
// no other module depends on zod's error format.

import type { z } from 'zod';

export interface FieldError {
  /** RFC 6901 pointer into the body, or the name of the parameter or header. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** The most errors listed; a body of junk must not cause a response larger than itself. */
export const FIELD_ERRORS_MAX = 50;
/** A longer field name is not repeated: the error points at the object that contains it. */
export const NAMED_FIELD_LENGTH_MAX = 100;

export interface FieldErrors {
  readonly errors: readonly FieldError[];
  /** How many errors there are beyond those listed. */
  readonly moreErrors: number;
}

/** The first `max` errors, and how many more there are. */
export function boundErrors(errors: readonly FieldError[], max = FIELD_ERRORS_MAX): FieldErrors {
  return { errors: errors.slice(0, max), moreErrors: Math.max(0, errors.length - max) };
}

/** Options that make a zod refinement fail with the given code. */
export function refuse(code: string, message: string) {
  return { error: message, params: { code } };
}

/** Every error of `input`, in zod's order and with its full path. There may be as many as the input has members. */
export function toFieldErrors(error: z.ZodError, input: unknown): FieldError[] {
  return error.issues.flatMap((issue) => fieldErrors(issue, input));
}

type Issue = z.core.$ZodIssue;

function fieldErrors(issue: Issue, input: unknown): FieldError[] {
  const pointer = toPointer(issue.path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(pointer, key));
  if (issue.code === 'invalid_union') return unionErrors(issue, input, pointer);
  if (issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined) {
    return [{ pointer, code: 'required', detail: 'This field is required.' }];
  }
  return [{ pointer, code: codeOf(issue), detail: issue.message }];
}

function unknownField(pointer: string, key: string): FieldError {
  if (key.length > NAMED_FIELD_LENGTH_MAX) {
    const detail = `Unknown field: its name has more than ${NAMED_FIELD_LENGTH_MAX} characters. Remove it.`;
    return { pointer, code: 'unknown-field', detail };
  }
  return {
    pointer: `${pointer}${toPointer([key])}`,
    code: 'unknown-field',
    detail: 'Unknown field. Remove it or correct its name.',
  };
}

// Reports the errors of the first alternative whose types match the input.
function unionErrors(
  issue: Issue & { code: 'invalid_union' },
  input: unknown,
  pointer: string,
): FieldError[] {
  if (valueAt(input, issue.path) === undefined) {
    return [{ pointer, code: 'required', detail: 'This field is required.' }];
  }
  const meant = issue.errors.find((branch) => branch.every((inner) => inner.code !== 'invalid_type'));
  if (meant === undefined) return [{ pointer, code: 'wrong-type', detail: issue.message }];
  return meant.flatMap((inner) => fieldErrors({ ...inner, path: [...issue.path, ...inner.path] }, input));
}

function codeOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'wrong-type';
    case 'too_small':
      return issue.origin === 'string' ? 'too-short' : 'too-small';
    case 'too_big':
      return issue.origin === 'string' ? 'too-long' : 'too-large';
    case 'custom':
      return typeof issue.params?.['code'] === 'string' ? issue.params['code'] : 'invalid';
    default:
      return 'invalid';
  }
}

/** Builds an RFC 6901 pointer; the empty pointer is the whole document. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}
