// Lines per second over the last few seconds: long enough to be stable, short enough to show a change.

const WINDOW_MS = 10_000;

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

export class RateMeter {
  #samples: Sample[] = [];

  sample(atMs: number, done: number): void {
    this.#samples.push({ atMs, done });
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > WINDOW_MS)
      this.#samples.shift();
  }

  /** 0 until there are two samples at different times. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.done - first.done) / (last.atMs - first.atMs)) * 1000;
  }
}
