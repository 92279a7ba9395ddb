// What a late event loop is answered with. Pure: one step a sample of its delay. Two measures follow from the smoothed
// delay. `room` is the part of the writes in flight that is still allowed: it shrinks by the excess and comes back slowly,
// as TCP does with its window, so it settles where the loop is just in time. Where that does not help, `share` is the part
// of the other requests that is refused; it is gone soon after the delay is. See docs/decisions/0019.

/** Part of a new sample in the smoothed delay: one pause of the garbage collector is no overload. */
const SMOOTHING = 0.3;

/** Room shrinks by so much a sample while the delay is twice the limit, at most by CUT_MAX, down to ROOM_MIN. */
const CUT = 0.3;
const CUT_MAX = 0.3;
/** All of it is back after 25 s at most. Faster, and every return of it is an overload again. */
const GROWTH = 0.002;
/** Enough for others while one org's large batches keep the loop busy. */
const ROOM_MIN = 1 / 8;

/** So many times the limit, and the share begins: refused writes are to make up for the delay first. */
const SHARE_FROM = 8;
/** It grows by so much a sample while the delay is twice that, at most by STEP_MAX. */
const GAIN = 0.2;
const STEP_MAX = 0.4;
/** It falls by so much a sample once the delay is under half of that: nothing is left after 2.5 s. */
const FALL = 0.02;
const RELEASE_AT = 0.5;
/** A few are always let in: they are how the process finds out that it can again. */
const SHARE_MAX = 0.98;

export interface Lag {
  readonly delayMs: number;
  /** From ROOM_MIN to 1. */
  readonly room: number;
  /** From 0 to SHARE_MAX. */
  readonly share: number;
}

export const CALM: Lag = { delayMs: 0, room: 1, share: 0 };

/** The state after one more sample. */
export function nextLag(lag: Lag, { delayMs, maxMs }: { delayMs: number; maxMs: number }): Lag {
  const smoothed = lag.delayMs + SMOOTHING * (delayMs - lag.delayMs);
  const load = smoothed / maxMs;
  return {
    delayMs: smoothed,
    room: nextRoom(lag.room, load),
    share: nextShare(lag.share, load / SHARE_FROM),
  };
}

function nextRoom(room: number, load: number): number {
  if (load > 1) return Math.max(ROOM_MIN, room * (1 - Math.min(CUT_MAX, CUT * (load - 1))));
  return Math.min(1, room + GROWTH);
}

function nextShare(share: number, load: number): number {
  if (load > 1) return Math.min(SHARE_MAX, share + Math.min(STEP_MAX, GAIN * (load - 1)));
  if (load < RELEASE_AT) return share > FALL ? share - FALL : 0;
  return share;
}
