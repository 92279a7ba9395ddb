// What the generator's process is asked and what it answers, over its channel.

import type { Traffic } from './traffic.ts';

interface Target {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  readonly traffic: Traffic;
  /** Number of the first booking; the others follow. */
  readonly from: number;
  readonly connections: number;
  /** Seconds to wait for a decision, as `Prefer: wait`. */
  readonly waitSeconds?: number;
  /** The statuses that an answer may have; any other one ends the run. */
  readonly expected: readonly number[];
}

/** Every connection sends again as soon as it was answered: what the system can take at most. */
export interface ClosedLoad extends Target {
  readonly kind: 'closed';
  /** Stops sending after this number of requests, */
  readonly requestsMax: number;
  /** or after this time. Left out: no time limit. */
  readonly seconds?: number;
}

/** Sends by the clock, answered or not: what a client sees at a load that does not depend on the answers. */
export interface OpenLoad extends Target {
  readonly kind: 'open';
  readonly perSecond: number;
  readonly requests: number;
}

export type Load = ClosedLoad | OpenLoad;

export interface LoadResult {
  readonly sent: number;
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  /** CPU of the generator as a share of that time: near 1, it is what limits the system. */
  readonly generatorBusy: number;
  /** Of an open load: from the intended start of each request to the end of its answer. */
  readonly latenciesMs: readonly number[];
}

export type LoadAnswer =
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly reason: string };
