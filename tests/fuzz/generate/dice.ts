// Choices that look random and are the same for the same seed: a case is its seed and number, and nothing else.

import { seededRandom } from '@slotline/testkit';

export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** The dice of one case of a run, independent of all others. */
  static ofCase(seed: number, number: number): Dice {
    // Neighbouring numbers must not give neighbouring streams: mulberry32 only adds to its state.
    return new Dice(Math.imul(seed ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b));
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    return this.#next();
  }

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  /** A whole number from `min` to `max`, both possible. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** Throws when there is nothing to choose from. */
  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError('nothing to choose from');
    return from[this.below(from.length)] as T;
  }
}
