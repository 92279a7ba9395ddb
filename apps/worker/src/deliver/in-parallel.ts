// Work on many things, so many at once, where the first failure ends the rest.

/**
 * One result a thing, in order. Once one failed no other is begun; what is under way is waited for, so that nothing
 * goes on behind the caller's back, and then the first failure is thrown.
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
