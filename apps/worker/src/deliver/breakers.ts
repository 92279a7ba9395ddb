// Circuit breakers. A group with posts that time out would occupy a turn for fifteen seconds per post and
// waste attempts. After `timeoutsMax` consecutive failures its breaker opens for a growing time; then one
// probe post is let through, and its result decides. State is per process and in memory.
//
//   closed ── timeoutsMax failures in a row ──► open ── time is over ──► half-open: one probe post
//     ▲                                          ▲                          │
//     └───────────── a response ─────────────────┼──────────────────────────┤
//                                                └──── it fails too ────────┘ for twice as long

type Admission = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly forMs: number };

export interface Breakers {
  /** Call before each post. After `go`, report the result with `answered`, `failed` or `released`. */
  admit(group: string): Admission;
  /** How long the breaker stays open from now; 0 when a post may be admitted. Does not admit a post. */
  openForMs(group: string): number;
  /** Failures in a row so far. */
  failuresOf(group: string): number;
  answered(group: string): void;
  /** Returns true when this failure opened the breaker. */
  failed(group: string): boolean;
  /** The post was not sent or was cut off by us, so it says nothing about the group. */
  released(group: string): void;
}

export interface BreakerKnobs {
  readonly timeoutsMax: number;
  readonly openMinMs: number;
  readonly openMaxMs: number;
  /** Longest duration of a post. */
  readonly probeMs: number;
  readonly groupsMax: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

interface State {
  failures: number;
  openMs: number;
  openUntilMs: number;
  isProbing: boolean;
}

export function createBreakers(knobs: BreakerKnobs): Breakers {
  const { timeoutsMax, openMinMs, openMaxMs, probeMs, groupsMax, now } = knobs;
  // Only groups with failures; the group that failed least recently is evicted first.
  const states = new Map<string, State>();

  const remember = (group: string): State => {
    const state = states.get(group) ?? { failures: 0, openMs: 0, openUntilMs: 0, isProbing: false };
    states.delete(group);
    states.set(group, state);
    const [oldest] = states.keys();
    if (states.size > groupsMax && oldest !== undefined) states.delete(oldest);
    return state;
  };

  const openForMs = (group: string): number => {
    const state = states.get(group);
    if (state === undefined || state.failures < timeoutsMax) return 0;
    return state.isProbing ? probeMs : Math.max(0, state.openUntilMs - now());
  };

  return {
    openForMs,
    failuresOf: (group) => states.get(group)?.failures ?? 0,
    admit(group) {
      const forMs = openForMs(group);
      if (forMs > 0) return { kind: 'wait', forMs };
      const state = states.get(group);
      if (state !== undefined && state.failures >= timeoutsMax) state.isProbing = true;
      return { kind: 'go' };
    },
    answered: (group) => void states.delete(group),
    failed(group) {
      const state = remember(group);
      state.failures += 1;
      // Failures of posts that were in flight when the breaker opened do not extend it.
      if (state.failures < timeoutsMax || (!state.isProbing && state.openUntilMs > now())) return false;
      state.isProbing = false;
      state.openMs = state.openMs === 0 ? openMinMs : Math.min(openMaxMs, 2 * state.openMs);
      state.openUntilMs = now() + state.openMs;
      return true;
    },
    released(group) {
      const state = states.get(group);
      if (state !== undefined) state.isProbing = false;
    },
  };
}
