/**
 * The faults of a webhook receiver. `none` and `delay` end in a 204; every other fault is a failed delivery, and the
 * sender must retry.
 */
import { seededRandom } from '../seeded-random.ts';

export const RECEIVER_FAULTS = [
  /** 204 at once. */
  'none',
  /** 204 after a moment. */
  'delay',
  /** The socket is destroyed before a byte of the answer. */
  'drop',
  /** A 200 that ends in the middle of the body that it announced. */
  'cut',
  /** 500. */
  'error',
  /** 429 with `Retry-After`. */
  'throttle',
  /** 410: never again. */
  'gone',
  /** 302 to itself, which the sender must not follow. */
  'redirect',
  /** Never answers. The socket is destroyed when the receiver closes. */
  'hang',
] as const;

export type ReceiverFault = (typeof RECEIVER_FAULTS)[number];

/** Shares of faults; they need not add up to 1. What is left out never happens. */
export type FaultShares = Readonly<Partial<Record<ReceiverFault, number>>>;

/** Chooses by the shares, the same for the same seed and order of posts. */
export function chooseFaults(shares: FaultShares, seed: number): () => ReceiverFault {
  const random = seededRandom(seed);
  const entries = RECEIVER_FAULTS.map((fault) => [fault, shares[fault] ?? 0] as const);
  const sum = entries.reduce((total, [, share]) => total + share, 0);
  return () => {
    let left = random() * sum;
    for (const [fault, share] of entries) {
      left -= share;
      if (left < 0) return fault;
    }
    return 'none';
  };
}

/** Whether a post that met it counts as delivered. */
export function isDelivered(fault: ReceiverFault): boolean {
  return fault === 'none' || fault === 'delay';
}
