// Parsing at the edge: unknown input becomes a typed value or a list of everything that is wrong with it.

import type { z } from 'zod';
import {
  bookItem,
  cancelItem,
  confirmItem,
  type Booking,
  type Cancellation,
  type Confirmation,
} from './booking.ts';
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
  | { readonly op: 'cancel'; readonly cancellation: Cancellation }
  | { readonly op: 'confirm'; readonly confirmation: Confirmation };

/** Reads one batch item by its `op`, so its errors speak of the operation that was meant. */
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
