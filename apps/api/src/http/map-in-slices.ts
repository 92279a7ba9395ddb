// Processes many items in slices, so that other requests are served between them.

/** A slice ends with the first item after which it has taken this long. */
const SLICE_MS = 5;

export interface Slicing<T, R> {
  map(item: T, at: number): R;
  /** Resolves when the next slice may begin. */
  nextTurn(): Promise<unknown>;
}

/** As `items.map(map)`, waiting for a turn after every slice. Rejects with the first error. */
export async function mapInSlices<T, R>(items: readonly T[], { map, nextTurn }: Slicing<T, R>): Promise<R[]> {
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
