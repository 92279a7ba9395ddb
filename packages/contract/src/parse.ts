// Parses untrusted input into a typed value or a list of all its errors.

import type { z } from 'zod';
import {
  bookItem,
  cancelItem,
  confirmItem,
  type Booking,
  type Cancellation,
  type Confirmation,
} from './booking.ts';
import {
  boundErrors,
  NAMED_FIELD_LENGTH_MAX,
  toFieldErrors,
  toPointer,
  type FieldError,
  type FieldErrors,
} from './field-error.ts';

export type Parsed<T> =
  { readonly kind: 'valid'; readonly value: T } | ({ readonly kind: 'invalid' } & FieldErrors);

/** More members than any schema has fields, and more entries than any list in a body has. */
export const MEMBERS_MAX = 50;

export function parseWith<S extends z.ZodType>(schema: S, input: unknown): Parsed<z.output<S>> {
  const crowded = findCrowded(input);
  if (crowded !== undefined) return { kind: 'invalid', errors: [crowded], moreErrors: 0 };
  const parsed = schema.safeParse(input);
  if (parsed.success) return { kind: 'valid', value: parsed.data };
  return { kind: 'invalid', ...boundErrors(toFieldErrors(parsed.error, input)) };
}

// Checked before the schema: zod creates an issue for every unknown member and every invalid list entry.
function findCrowded(input: unknown): FieldError | undefined {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return undefined;
  const names = Object.keys(input);
  if (names.length > MEMBERS_MAX)
    return { pointer: '', code: 'too-many-fields', detail: `Must have at most ${MEMBERS_MAX} fields.` };
  for (const name of names) {
    const member = (input as Record<string, unknown>)[name];
    if (Array.isArray(member) && member.length > MEMBERS_MAX) return tooManyEntries(name);
  }
  return undefined;
}

function tooManyEntries(name: string): FieldError {
  const pointer = name.length > NAMED_FIELD_LENGTH_MAX ? '' : toPointer([name]);
  return { pointer, code: 'too-large', detail: `Must have at most ${MEMBERS_MAX} entries.` };
}

export type BatchItem =
  | { readonly op: 'book'; readonly booking: Booking }
  | { readonly op: 'cancel'; readonly cancellation: Cancellation }
  | { readonly op: 'confirm'; readonly confirmation: Confirmation };

/** Reads one batch item by its `op`, so its errors are about the intended operation. */
export function parseBatchItem(input: unknown): Parsed<BatchItem> {
  switch (opOf(input)) {
    case 'cancel':
      return as(parseWith(cancelItem, input), ({ id, orgId, updatedAt, callbackUrl }) => ({
        op: 'cancel',
        cancellation: { id, orgId, updatedAt, callbackUrl },
      }));
    case 'confirm':
      return as(parseWith(confirmItem, input), ({ op, ...confirmation }) => ({ op, confirmation }));
    default:
      return as(parseWith(bookItem, input), ({ op, ...fields }) => ({ op, booking: fields }));
  }
}

function opOf(input: unknown): unknown {
  return input !== null && typeof input === 'object' && 'op' in input ? input.op : undefined;
}

function as<T>(parsed: Parsed<T>, toItem: (value: T) => BatchItem): Parsed<BatchItem> {
  return parsed.kind === 'valid' ? { kind: 'valid', value: toItem(parsed.value) } : parsed;
}
