// What the flood's process is asked and what it answers, over its channel. Whatever becomes of a booking: any answer
// counts, none ends the flood.

import type { Traffic } from './traffic.ts';

interface Target {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  readonly traffic: Traffic;
  /** Number of the first booking; the others follow. */
  readonly from: number;
  readonly connections: number;
}

/** Bookings by the clock. */
export interface Flood extends Target {
  readonly perSecond: number;
  readonly requests: number;
  /** Every n-th request sends `Prefer: wait` and is answered when it is decided; left out: none. */
  readonly waitEvery?: number;
  /** What becomes of a booking that was refused; left out: it is given up. */
  readonly refused?: Retry;
}

/**
 * `honour`: sent again after its `Retry-After`, unless the flood is over by then. `ignore`: sent again at once, and given
 * up when it is refused once more.
 */
export type Retry = 'honour' | 'ignore';

/** Bookings as fast as they are answered: every connection has one under way. A refused one is sent again at once. */
export interface Loop extends Target {
  readonly seconds: number;
  /** Whether each is answered when it is decided, with `Prefer: wait`. */
  readonly isWaiting: boolean;
}

export interface Answers {
  readonly count: number;
  /**
   * Milliseconds to the end of each answer: in a flood from the time at which the request was due, in a loop from the
   * first try of a booking to its success, or from its last try to the refusal.
   */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Waited extends Answers {
  /** Each that was answered, once. */
  readonly statuses: readonly number[];
}

export interface FloodResult {
  /** Of requests that do not wait, and of all in a loop, by status; 0 when the connection broke. */
  readonly answers: Readonly<Record<number, Answers>>;
  /** Of all requests of a flood that wait; left out when none does. */
  readonly waited?: Waited;
  /** Bookings, each counted once. */
  readonly sent: number;
  /** From the first intended start to the last answer. */
  readonly elapsedMs: number;
  /** CPU of the generator as a share of that time. */
  readonly generatorBusy: number;
  /**
   * The p99 of the milliseconds from a request's due time, or from when a connection was free for it, until it was sent:
   * the generator's share of the latency. 0 in a loop.
   */
  readonly generatorLateMs: number;
}

export type FloodAnswer =
  | { readonly kind: 'done'; readonly result: FloodResult }
  | { readonly kind: 'failed'; readonly reason: string };

/** Come back later: what an answer may be besides success when there is too much. */
export const REFUSALS: readonly number[] = [429, 503];
