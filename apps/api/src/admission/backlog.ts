// Estimates how long new work will wait: units under way divided by the rate at which they leave (Little's
// law). The rate is measured only during a backlog, because an idle process completes work at the rate of its
// arrivals.

/** Length of one measurement. */
const WINDOW_MS = 100;
/**
 * Weight of a lower measurement in the rate: a single pause of the machine or the garbage collector barely
 * changes it.
 */
const SMOOTHING_DOWN = 0.1;

export class Backlog {
  readonly #now: () => number;
  #units = 0;
  #left = 0;
  #since = 0;
  #leftAt = 0;
  #perMs = 0;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  enter(units: number): void {
    if (this.#units === 0) {
      this.#begin();
      this.#leftAt = this.#since;
    }
    this.#units += units;
  }

  leave(units: number): void {
    this.#units -= units;
    this.#left += units;
    this.#leftAt = this.#now();
    const elapsedMs = this.#leftAt - this.#since;
    if (elapsedMs < WINDOW_MS) return;
    const measured = this.#left / elapsedMs;
    const isFaster = measured > this.#perMs;
    this.#perMs = isFaster ? measured : this.#perMs + SMOOTHING_DOWN * (measured - this.#perMs);
    this.#begin();
  }

  /** Removes refused units, which do not count for the rate. */
  drop(units: number): void {
    this.#units -= units;
  }

  /**
   * Milliseconds until the current backlog has left, and at least the time since the last unit left; without
   * a rate only the latter.
   */
  expectedMs(): number {
    if (this.#units === 0) return 0;
    const stalledMs = this.#now() - this.#leftAt;
    return this.#perMs === 0 ? stalledMs : Math.max(stalledMs, this.#units / this.#perMs);
  }

  #begin(): void {
    this.#left = 0;
    this.#since = this.#now();
  }
}
