// What is wrong with one field, in words and in a code that never changes. Turns zod's issues into the
// `errors` of a validation problem, so no other module knows how zod reports.

import type { z } from 'zod';

export interface FieldError {
  /** RFC 6901 pointer into the body, or the name of the parameter or header. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** At most so many errors are listed; a body of junk must not make a larger answer than itself. */
export const FIELD_ERRORS_MAX = 50;
/** A longer name of a field is not repeated: the error points at the object that has it. */
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

/** The options that make a zod refinement fail with a code of ours. */
export function refuse(code: string, message: string) {
  return { error: message, params: { code } };
}

/** Every problem of `input` that `error` names, deepest pointers as zod found them. As many as the input has members. */
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
    const detail = `There is no field with a name of over ${NAMED_FIELD_LENGTH_MAX} characters here.`;
    return { pointer, code: 'unknown-field', detail };
  }
  return {
    pointer: `${pointer}${toPointer([key])}`,
    code: 'unknown-field',
    detail: 'There is no such field here.',
  };
}

// Of the alternatives, the one that at least has the right type is what the client meant.
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

/** RFC 6901; the empty pointer names the whole document. */
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
