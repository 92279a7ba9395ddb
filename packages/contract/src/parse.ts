// Parsing at the edge: unknown input becomes a typed value or a list of everything that is wrong with it.

import type { z } from 'zod';
import { bookItem, cancelItem, type Booking, type Cancellation } from './booking.ts';
import { toFieldErrors, type FieldError } from './field-error.ts';

export type Parsed<T> =
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

export function parseWith<S extends z.ZodType>(schema: S, input: unknown): Parsed<z.output<S>> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { kind: 'valid', value: parsed.data };
  return { kind: 'invalid', errors: toFieldErrors(parsed.error, input) };
}

export type BatchItem =
  | { readonly op: 'book'; readonly booking: Booking }
  | { readonly op: 'cancel'; readonly cancellation: Cancellation };

/** Reads one batch item by its `op`, so its errors speak of the operation that was meant. */
export function parseBatchItem(input: unknown): Parsed<BatchItem> {
  if (isCancel(input)) {
    const parsed = parseWith(cancelItem, input);
    if (parsed.kind === 'invalid') return parsed;
    const { id, orgId, updatedAt, callbackUrl } = parsed.value;
    return { kind: 'valid', value: { op: 'cancel', cancellation: { id, orgId, updatedAt, callbackUrl } } };
  }
  const parsed = parseWith(bookItem, input);
  if (parsed.kind === 'invalid') return parsed;
  const { op, ...fields } = parsed.value;
  return { kind: 'valid', value: { op, booking: fields } };
}

function isCancel(input: unknown): boolean {
  return input !== null && typeof input === 'object' && 'op' in input && input.op === 'cancel';
}
