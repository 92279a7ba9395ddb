// The event-loop delay of the API as its own metric says it: the longest delay of each 50 ms, in buckets.

export interface LoopDelay {
  /** Of the samples between the first and the last reading, interpolated in its bucket as Prometheus does; 0 without any. */
  readonly p99Ms: number;
  /** Upper bound of the highest bucket that grew; a delay over the last bound counts as Infinity. */
  readonly maxMs: number;
}

/** Samples at or under a bound in seconds, by bound, in ascending order. */
export type Buckets = readonly (readonly [bound: number, count: number])[];

const BUCKET = /^slotline_event_loop_delay_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\d+)/gm;
const READING_MS_MAX = 5_000;

/** `undefined` when the process does not answer. */
export async function readLoopBuckets(adminAddress: string): Promise<Buckets | undefined> {
  try {
    const signal = AbortSignal.timeout(READING_MS_MAX);
    const text = await (await fetch(`${adminAddress}/metrics`, { signal })).text();
    return [...text.matchAll(BUCKET)].map(([, le = '', count]) => [toBound(le), Number(count)] as const);
  } catch {
    return undefined;
  }
}

function toBound(le: string): number {
  return le === '+Inf' ? Infinity : Number(le);
}

export function loopDelayOf(before: Buckets, after: Buckets): LoopDelay {
  const counts = after.map(([bound, count], at) => ({ bound, count: count - (before[at]?.[1] ?? 0) }));
  const total = counts.at(-1)?.count ?? 0;
  if (total === 0) return { p99Ms: 0, maxMs: 0 };
  const rank = total * 0.99;
  const at = counts.findIndex(({ count }) => count >= rank);
  const [below, here] = [counts[at - 1], counts[at]];
  const [low, high] = [below?.bound ?? 0, here?.bound ?? Infinity];
  const inside = (here?.count ?? 0) - (below?.count ?? 0);
  const share = (rank - (below?.count ?? 0)) / inside;
  const p99 = high === Infinity ? low : low + (high - low) * share;
  const highest = counts.find(({ count }) => count === total)?.bound ?? Infinity;
  return { p99Ms: p99 * 1_000, maxMs: highest * 1_000 };
}
