// Ends an import early, in two steps: after `stop` nothing new is sent; `cut` aborts the POSTs in flight.
// Aborting is safe, because the next run sends the same keys again.

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

  /** Why the import ends; the first reason wins. */
  get ending(): Ending {
    return this.#ending;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /** Starts nothing new from now on; POSTs in flight get the grace time. */
  pull(ending: Ending): void {
    if (this.#stop.signal.aborted) return;
    this.#ending = ending;
    this.#stop.abort();
    this.#graceTimer = setTimeout(() => this.#cut.abort(), this.#graceMs);
  }

  /** Ctrl-C: the first call is like `pull`, the second one aborts at once. */
  interrupt(): void {
    if (this.#stop.signal.aborted) this.#cut.abort();
    else this.pull({ kind: 'interrupted' });
  }

  release(): void {
    clearTimeout(this.#graceTimer);
  }
}
