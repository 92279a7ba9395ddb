// How long an import goes on without any outcome. One for all orgs: as long as anybody gets answers the
// service is alive, and an org that has to wait is no reason to give up.

export class Patience {
  readonly limitMs: number;
  readonly #now: () => number;
  #lastOutcomeAt: number;

  constructor(limitMs: number, now: () => number) {
    this.limitMs = limitMs;
    this.#now = now;
    this.#lastOutcomeAt = now();
  }

  renew(): void {
    this.#lastOutcomeAt = this.#now();
  }

  get waitedMs(): number {
    return this.#now() - this.#lastOutcomeAt;
  }

  get isExhausted(): boolean {
    return this.waitedMs >= this.limitMs;
  }
}
