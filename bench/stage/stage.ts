// Everything a benchmark starts, so that one call ends it all: at the end, after a failure, on Ctrl-C.

import type { Stores } from './stores.ts';

export class Stage {
  /** PostgreSQL and Redis, which outlive the stage. */
  readonly stores: Stores;
  readonly #endings: (() => Promise<unknown>)[] = [];
  #isCleared = false;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /** Has `end` called when the stage is cleared; at once, when it was: Ctrl-C may come in the middle of a start. */
  onClear(end: () => Promise<unknown>): void {
    if (this.#isCleared) void this.#tryTo(end);
    else this.#endings.push(end);
  }

  /** Ends everything, the latest first, each even when another fails. A second call finds nothing to do. */
  async clear(): Promise<void> {
    this.#isCleared = true;
    for (let end = this.#endings.pop(); end !== undefined; end = this.#endings.pop()) await this.#tryTo(end);
  }

  async #tryTo(end: () => Promise<unknown>): Promise<void> {
    await end().catch((error: unknown) => console.error('could not be ended:', error));
  }
}
