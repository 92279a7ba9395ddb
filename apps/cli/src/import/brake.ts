// Ends an import early, in two steps: `stop` says that nothing new may be sent, `cut` that what is on its
// way is abandoned. Abandoning is safe, because the next run asks again with the same keys.

export type Ending =
  | { readonly kind: 'finished' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly reason: string };

export class Brake {
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #graceMs: number;
  #graceTimer: NodeJS.Timeout | undefined;
  #ending: Ending = { kind: 'finished' };

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Why the import ends; the first reason given stands. */
  get ending(): Ending {
    return this.#ending;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /** Nothing new from now on; what is on its way gets the grace time. */
  pull(ending: Ending): void {
    if (this.#stop.signal.aborted) return;
    this.#ending = ending;
    this.#stop.abort();
    this.#graceTimer = setTimeout(() => this.#cut.abort(), this.#graceMs);
  }

  /** Ctrl-C: the first time like `pull`, the second time without any grace. */
  interrupt(): void {
    if (this.#stop.signal.aborted) this.#cut.abort();
    else this.pull({ kind: 'interrupted' });
  }

  release(): void {
    clearTimeout(this.#graceTimer);
  }
}
