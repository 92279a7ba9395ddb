// One answer for many that ask: a read that is under way is shared, and its value is kept for a while.

/** As `read`, which never runs twice at once and not again until `keptMs` after it resolved. A rejection is not kept. */
export function keepFor<T>(keptMs: number, read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  let keptUntil = Infinity;
  const forget = () => void (reading = undefined);
  const keep = () => void (keptUntil = performance.now() + keptMs);
  return () => {
    if (reading !== undefined && performance.now() < keptUntil) return reading;
    keptUntil = Infinity;
    reading = read();
    reading.then(keep, forget);
    return reading;
  };
}
