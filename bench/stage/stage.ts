// Everything a benchmark starts, so that one call ends it all: at the end, after a failure, on Ctrl-C.

import type { Stores } from './stores.ts';

export class Stage {
  /** PostgreSQL and Redis, which outlive the stage. */
  readonly stores: Stores;
  readonly #endings: (() => Promise<unknown>)[] = [];

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /** Has `end` called when the stage is cleared. */
  onClear(end: () => Promise<unknown>): void {
    this.#endings.push(end);
  }

  /** Ends everything, the latest first, each even when another fails. A second call ends what is left. */
  async clear(): Promise<void> {
    for (let end = this.#endings.pop(); end !== undefined; end = this.#endings.pop()) {
      await end().catch((error: unknown) => console.error('could not be ended:', error));
    }
  }
}
