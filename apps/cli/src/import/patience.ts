// How long an import continues without any outcome. It is shared by all orgs: while any org gets outcomes,
// the service is alive, and a waiting org is no reason to give up. A wait that the service requested does not
// count; the silence starts after it.

export class Patience {
  readonly limitMs: number;
  readonly #now: () => number;
  /** The time of the last outcome, or the end of the longest requested wait if that is later. */
  #silentFrom: number;

  constructor(limitMs: number, now: () => number) {
    this.limitMs = limitMs;
    this.#now = now;
    this.#silentFrom = now();
  }

  renew(): void {
    this.wait(0);
  }

  /** Records a wait that the service requested. */
  wait(askedMs: number): void {
    this.#silentFrom = Math.max(this.#silentFrom, this.#now() + askedMs);
  }

  /** The rest of the longest requested wait. */
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
