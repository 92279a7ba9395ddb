// How long an import goes on without any outcome. One for all orgs: as long as anybody gets answers the
// service is alive, and an org that has to wait is no reason to give up. Nor is a wait that the service asked for: the
// silence begins when it is over.

export class Patience {
  readonly limitMs: number;
  readonly #now: () => number;
  /** The last outcome, or later: the end of the longest wait that was asked for. */
  #silentFrom: number;

  constructor(limitMs: number, now: () => number) {
    this.limitMs = limitMs;
    this.#now = now;
    this.#silentFrom = now();
  }

  renew(): void {
    this.wait(0);
  }

  /** The service said itself that nothing comes before that. */
  wait(askedMs: number): void {
    this.#silentFrom = Math.max(this.#silentFrom, this.#now() + askedMs);
  }

  /** What is left of the longest wait that was asked for. */
  get askedMs(): number {
    return Math.max(0, this.#silentFrom - this.#now());
  }

  get waitedMs(): number {
    return Math.max(0, this.#now() - this.#silentFrom);
  }

  get isExhausted(): boolean {
    return this.waitedMs >= this.limitMs;
  }
}
