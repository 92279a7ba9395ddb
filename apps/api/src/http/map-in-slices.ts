// Work on many items in slices, so that other requests are served between them.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** A slice ends with the first item after which it has taken so long. */
const SLICE_MS = 5;

/** As `items.map(map)`, with a turn of the event loop after every slice. Rejects with the first error. */
export async function mapInSlices<T, R>(items: readonly T[], map: (item: T, at: number) => R): Promise<R[]> {
  const mapped: R[] = [];
  let endsAt = performance.now() + SLICE_MS;
  for (const [at, item] of items.entries()) {
    mapped.push(map(item, at));
    if (performance.now() < endsAt) continue;
    await nextTurn();
    endsAt = performance.now() + SLICE_MS;
  }
  return mapped;
}
