// Atomic batches: items of one org that are granted all together or not at all. What is wrong with one of them
// refuses them all, so everything that is wrong is named at once.

import { BATCH_IDS_BYTES_MAX, BATCH_WISHES_MAX, jsonBytesOf } from '@slotline/core';
import { z } from 'zod';
import { callbackUrl } from './booking.ts';
import { boundErrors, refuse, type FieldError } from './field-error.ts';
import { parseBatchItem, type BatchItem, type Parsed } from './parse.ts';

/** The query of `POST /api/appointments/batch`. */
export const batchQuery = z
  .strictObject({
    atomic: z
      .enum(['true', 'false'])
      .default('false')
      .meta({
        description: `\`true\`: up to ${BATCH_WISHES_MAX} items of one org as one request, all or nothing. Overlap is judged on the end state, so appointments can swap places; one item that cannot be granted, a stale one included, refuses all. Their ids have at most ${BATCH_IDS_BYTES_MAX} bytes as JSON together.`,
      }),
    callbackUrl: callbackUrl
      .optional()
      .meta({ description: 'Told once, when an atomic batch is decided. Only with `atomic=true`.' }),
  })
  .refine(({ atomic, callbackUrl: url }) => atomic === 'true' || url === undefined, {
    ...refuse('only-atomic', 'Only an atomic batch is decided as a whole; give it in the items instead.'),
    path: ['callbackUrl'],
  })
  .transform(({ atomic, callbackUrl: url }) => ({ isAtomic: atomic === 'true', callbackUrl: url }));

export interface AtomicBatch {
  readonly orgId: string;
  /**
   * 1 to {@link BATCH_WISHES_MAX} in the order sent, of one org, no two for the same appointment. Their ids have at most
   * {@link BATCH_IDS_BYTES_MAX} bytes together.
   */
  readonly items: readonly BatchItem[];
}

/** An item of an atomic batch read by itself: `item` unless it is wrong. */
export interface ReadItem {
  readonly item?: BatchItem;
  readonly errors: readonly FieldError[];
}

/** Puts the items together that {@link readAtomicItem} read, in their order. */
export function toAtomicBatch(inputs: readonly ReadItem[]): Parsed<AtomicBatch> {
  if (inputs.length < 1 || inputs.length > BATCH_WISHES_MAX) {
    const detail = `Must be 1 to ${BATCH_WISHES_MAX} items in an atomic batch, not ${inputs.length}.`;
    return { kind: 'invalid', errors: [{ pointer: '', code: 'out-of-range', detail }], moreErrors: 0 };
  }
  const errors: FieldError[] = [];
  const items: BatchItem[] = [];
  const seen = new Map<string, number>();
  let org: string | undefined;
  inputs.forEach(({ item, errors: ofItem }, at) => {
    errors.push(...ofItem.map((error) => ({ ...error, pointer: `/${at}${error.pointer}` })));
    if (item === undefined) return;
    const { id, orgId } = identityOf(item);
    org ??= orgId;
    if (orgId !== org) errors.push(otherOrg(at));
    const before = seen.get(id);
    if (before !== undefined) errors.push(duplicateId(at, before));
    else seen.set(id, at);
    items.push(item);
  });
  errors.push(...judgeIds([...seen.keys()]));
  if (errors.length > 0) return { kind: 'invalid', ...boundErrors(errors) };
  return { kind: 'valid', value: { orgId: org ?? '', items } };
}

/** The outcome of the batch names all of them. */
function judgeIds(ids: readonly string[]): readonly FieldError[] {
  const bytes = ids.reduce((sum, id) => sum + jsonBytesOf(id), 0);
  if (bytes <= BATCH_IDS_BYTES_MAX) return [];
  const detail = `The ids of an atomic batch have at most ${BATCH_IDS_BYTES_MAX} bytes as JSON together, not ${bytes}. Send fewer items, or shorter ids.`;
  return [{ pointer: '', code: 'ids-too-long', detail }];
}

/** Reads one item; `undefined` stands for a line that is not JSON. */
export function readAtomicItem(input: unknown): ReadItem {
  if (input === undefined) {
    return { errors: [{ pointer: '', code: 'malformed-json', detail: 'The line is not valid JSON.' }] };
  }
  const { rest, errors } = withoutCallback(input);
  const parsed = parseBatchItem(rest);
  if (parsed.kind === 'valid') return { item: parsed.value, errors };
  return { errors: [...errors, ...parsed.errors] };
}

// The batch is one request with one outcome, and so it has one callback at most.
function withoutCallback(input: unknown): { rest: unknown; errors: FieldError[] } {
  const isCalling = input !== null && typeof input === 'object' && Object.hasOwn(input, 'callbackUrl');
  if (!isCalling) return { rest: input, errors: [] };
  const { callbackUrl: _own, ...rest } = input as Record<string, unknown>;
  const detail = 'An item of an atomic batch has no callback of its own; give one in the query.';
  return { rest, errors: [{ pointer: '/callbackUrl', code: 'not-in-atomic', detail }] };
}

/** The appointment and the org that an item is about. */
function identityOf(item: BatchItem): { id: string; orgId: string } {
  switch (item.op) {
    case 'book':
      return item.booking;
    case 'cancel':
      return item.cancellation;
    case 'confirm':
      return item.confirmation;
  }
}

function otherOrg(at: number): FieldError {
  const detail = 'All items of an atomic batch are of one org; the first names another.';
  return { pointer: `/${at}/orgId`, code: 'other-org', detail };
}

function duplicateId(at: number, before: number): FieldError {
  const detail = `Item ${before} is for the same appointment, and each may have one change.`;
  return { pointer: `/${at}/id`, code: 'duplicate-id', detail };
}
