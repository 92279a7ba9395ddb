// Atomic batches: items of one org that are granted all together or not at all. One invalid item refuses the whole
// batch, so all errors are reported at once.

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
        description: `\`true\`: up to ${BATCH_WISHES_MAX} items of one org as one request, all or nothing. Overlap is checked on the end state, so appointments can swap places. One item that cannot be granted, including a stale one, refuses the whole batch. The ids may have at most ${BATCH_IDS_BYTES_MAX} bytes as JSON in total.`,
      }),
    callbackUrl: callbackUrl
      .optional()
      .meta({ description: 'Notified once, when the atomic batch is decided. Only with `atomic=true`.' }),
  })
  .refine(({ atomic, callbackUrl: url }) => atomic === 'true' || url === undefined, {
    ...refuse('only-atomic', 'Allowed only with atomic=true. Otherwise set callbackUrl on the items.'),
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

/** One parsed item of an atomic batch; `item` is absent if it is invalid. */
export interface ReadItem {
  readonly item?: BatchItem;
  readonly errors: readonly FieldError[];
}

/** Combines the items parsed by {@link readAtomicItem}, in their order. */
export function toAtomicBatch(inputs: readonly ReadItem[]): Parsed<AtomicBatch> {
  if (inputs.length < 1 || inputs.length > BATCH_WISHES_MAX) {
    const detail = `An atomic batch must have 1 to ${BATCH_WISHES_MAX} items, not ${inputs.length}.`;
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

/** The outcome of the batch contains every id, so their total size is bounded. */
function judgeIds(ids: readonly string[]): readonly FieldError[] {
  const bytes = ids.reduce((sum, id) => sum + jsonBytesOf(id), 0);
  if (bytes <= BATCH_IDS_BYTES_MAX) return [];
  const detail = `The ids of an atomic batch may have at most ${BATCH_IDS_BYTES_MAX} bytes as JSON in total, not ${bytes}. Send fewer items or shorter ids.`;
  return [{ pointer: '', code: 'ids-too-long', detail }];
}

/** Reads one item; `undefined` means a line that is not JSON. */
export function readAtomicItem(input: unknown): ReadItem {
  if (input === undefined) {
    return { errors: [{ pointer: '', code: 'malformed-json', detail: 'The line is not valid JSON.' }] };
  }
  const { rest, errors } = withoutCallback(input);
  const parsed = parseBatchItem(rest);
  if (parsed.kind === 'valid') return { item: parsed.value, errors };
  return { errors: [...errors, ...parsed.errors] };
}

// The batch is one request with one outcome, so it has at most one callback.
function withoutCallback(input: unknown): { rest: unknown; errors: FieldError[] } {
  const isCalling = input !== null && typeof input === 'object' && Object.hasOwn(input, 'callbackUrl');
  if (!isCalling) return { rest: input, errors: [] };
  const { callbackUrl: _own, ...rest } = input as Record<string, unknown>;
  const detail = 'Not allowed on an item of an atomic batch. Set callbackUrl in the query instead.';
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
  const detail = 'All items of an atomic batch must have the same orgId. The first item has a different one.';
  return { pointer: `/${at}/orgId`, code: 'other-org', detail };
}

function duplicateId(at: number, before: number): FieldError {
  const detail = `Item ${before} has the same id. An atomic batch may change each appointment only once.`;
  return { pointer: `/${at}/id`, code: 'duplicate-id', detail };
}
