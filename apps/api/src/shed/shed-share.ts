// How large a share of the requests is refused while the event loop lags. Pure: one step a sample. The share rises
// with the delay and falls slowly, and between the two marks it stays, so that shedding settles on the share that
// the process cannot serve instead of switching between everything and nothing.

/** Part of a new sample in the smoothed delay: one pause of the garbage collector is no overload. */
const SMOOTHING = 0.3;
/** The share grows by so much a sample while the delay is twice the limit, at most by STEP_MAX. */
const GAIN = 0.2;
const STEP_MAX = 0.4;
/** The share falls by so much a sample once the delay is under the limit's half: nothing after 2.5 s at most. */
const FALL = 0.02;
const RELEASE_AT = 0.5;
/** A few are always let in: they are how the process finds out that it can again. */
const SHARE_MAX = 0.98;

export interface LagState {
  readonly delayMs: number;
  /** 0 to 1. */
  readonly share: number;
}

export const CALM: LagState = { delayMs: 0, share: 0 };

/** The state after one more sample of the event loop's delay. */
export function nextLag(state: LagState, { delayMs, maxMs }: { delayMs: number; maxMs: number }): LagState {
  const smoothed = state.delayMs + SMOOTHING * (delayMs - state.delayMs);
  return { delayMs: smoothed, share: nextShare(state.share, smoothed / maxMs) };
}

function nextShare(share: number, load: number): number {
  if (load > 1) return Math.min(SHARE_MAX, share + Math.min(STEP_MAX, GAIN * (load - 1)));
  if (load < RELEASE_AT) return share > FALL ? share - FALL : 0;
  return share;
}
