// Shares one read among concurrent callers and keeps its value for a while.

/**
 * As `read`, but never runs twice at once, nor within `keptMs` after it resolved. A rejection is not kept.
 */
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
