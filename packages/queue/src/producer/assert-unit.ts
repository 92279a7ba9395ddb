/** Rejects invalid units. These errors are programming mistakes, not answers to clients. */
import type { NewItem } from './acceptance.ts';
import { ID_CHARS_MAX, UNIT_ITEMS_MAX } from '../limits.ts';

/** Throws a `RangeError` or `TypeError` before anything is sent. */
export function assertUnit(items: readonly NewItem<unknown>[]): void {
  if (items.length < 1 || items.length > UNIT_ITEMS_MAX) {
    throw new RangeError(`a unit must have 1 to ${UNIT_ITEMS_MAX} items, not ${items.length}`);
  }
  for (const { id, orgId, payload } of items) {
    assertId('id', id);
    assertId('orgId', orgId);
    if (payload === undefined) throw new TypeError(`item ${id} has no payload`);
  }
}

export function assertId(what: string, id: string): void {
  if (id.length < 1 || id.length > ID_CHARS_MAX) {
    throw new RangeError(`${what} must have 1 to ${ID_CHARS_MAX} characters, not ${id.length}`);
  }
  // A lone surrogate is encoded as U+FFFD, so two different ids would become one key in Redis.
  if (!id.isWellFormed()) throw new RangeError(`${what} must not contain a lone surrogate`);
}
