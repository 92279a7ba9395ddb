// What the flood's process is asked and what it answers, over its channel.

import type { Traffic } from './traffic.ts';

/** Bookings by the clock, whatever becomes of them: any answer counts, none ends the flood. Some may wait. */
export interface Flood {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  readonly traffic: Traffic;
  /** Number of the first booking; the others follow. */
  readonly from: number;
  readonly connections: number;
  readonly perSecond: number;
  readonly requests: number;
  /** Every so many-th one is answered when it is decided, with `Prefer: wait`; left out: none of them. */
  readonly waitEvery?: number;
}

export interface Answers {
  readonly count: number;
  /** Milliseconds from the intended start of each request to the end of its answer. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Waited extends Answers {
  /** Each that was answered, once. */
  readonly statuses: readonly number[];
}

export interface FloodResult {
  /** Of those that do not wait, by status; 0 for those whose connection broke. */
  readonly answers: Readonly<Record<number, Answers>>;
  /** Of those that wait, all together; left out when none does. */
  readonly waited?: Waited;
  /** From the first intended start to the last answer. */
  readonly elapsedMs: number;
  /** CPU of the generator as a share of that time. */
  readonly generatorBusy: number;
  /**
   * 99 of 100 requests left at most so many milliseconds after their time, or after a connection was free for them: what
   * of their latency is the generator's own.
   */
  readonly generatorLateMs: number;
}

export type FloodAnswer =
  | { readonly kind: 'done'; readonly result: FloodResult }
  | { readonly kind: 'failed'; readonly reason: string };
