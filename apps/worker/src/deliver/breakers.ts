// Who is not worth a post for now. A group whose posts only time out would keep a turn for fifteen seconds at a
// time and use up its attempts for nothing: after some in a row it is left alone for a growing while, then one
// post is let through, and its end decides. In memory: another process finds out by itself.
//
//   closed ── timeoutsMax failures in a row ──► open ── time is over ──► half-open: one post goes
//     ▲                                          ▲                          │
//     └────────────── an answer ─────────────────┼──────────────────────────┤
//                                                └──── it fails too ────────┘ for twice as long

export type Admission = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly forMs: number };

export interface Breakers {
  /** Asked before each post. Whoever goes has to tell what came of it, by one of the other three. */
  admit(group: string): Admission;
  /** How long the group is left alone from now on; 0 when a post of it may be admitted. Admits nothing. */
  openForMs(group: string): number;
  /** Failures in a row so far. */
  failuresOf(group: string): number;
  answered(group: string): void;
  /** True when the group is left alone from now on, and was not before. */
  failed(group: string): boolean;
  /** The post was not made, or was cut off by us: it says nothing about the group. */
  released(group: string): void;
}

export interface BreakerKnobs {
  readonly timeoutsMax: number;
  readonly openMinMs: number;
  readonly openMaxMs: number;
  /** How long a post takes at most. */
  readonly probeMs: number;
  readonly groupsMax: number;
  /** Milliseconds of a clock that never goes back. */
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
  // Only groups in trouble. The one whose trouble is oldest is forgotten first.
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
      // Posts that were under way when it opened tell nothing new.
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
