// Runs work on many items with limited concurrency. The first failure stops further items from starting.

/**
 * Resolves with one result per item, in order. After a failure no further item starts. The items in flight
 * finish before the first failure is thrown, so no work continues after the promise settles.
 */
export async function inParallel<T, R>(
  things: readonly T[],
  max: number,
  work: (thing: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < things.length && failures.length === 0; at = next++) {
      const thing = things[at] as T;
      try {
        results[at] = await work(thing);
      } catch (cause) {
        failures.push(cause);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, things.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
