// A queue that organisations share fairly: deficit round robin (Shreedhar and Varghese, 1995) over one FIFO
// per organisation. It also counts each organisation's work that has left the queue and is still under way,
// so that a refusal hits an organisation with more than its share.

/** Units that an organisation gets in each round. A larger entry waits for as many rounds as it needs. */
export const QUANTUM = 16;

export interface Entry {
  readonly orgId: string;
  /** Size of the entry; 1 is a single booking. */
  readonly units: number;
}

interface Line<E> {
  readonly entries: (E | undefined)[];
  /**
   * Entries before this index were taken and are no longer referenced, because one may hold a body of a
   * megabyte.
   */
  head: number;
  /** Units that the organisation may still take in this round. */
  deficit: number;
}

/** Slots of taken entries that an organisation's FIFO keeps before it is compacted. */
const TAKEN_KEPT_MAX = 256;

export class FairQueue<E extends Entry> {
  /** Organisations with entries, in round-robin order: the first is served next. */
  readonly #lines = new Map<string, Line<E>>();
  readonly #underWay = new Map<string, number>();
  #unitsUnderWay = 0;
  #unitsQueued = 0;

  /** Units that wait here. */
  get unitsQueued(): number {
    return this.#unitsQueued;
  }

  /** Units that wait here or are held. */
  get unitsUnderWay(): number {
    return this.#unitsUnderWay;
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  push(entry: E): void {
    const line = this.#lines.get(entry.orgId);
    if (line === undefined) this.#lines.set(entry.orgId, { entries: [entry], head: 0, deficit: QUANTUM });
    else line.entries.push(entry);
    this.#unitsQueued += entry.units;
    this.hold(entry);
  }

  /**
   * The next entry in fair order among the organisations that `mayRun` allows; `undefined` when there is
   * none.
   */
  shift(mayRun: (orgId: string) => boolean = () => true): E | undefined {
    let skipped = 0;
    while (skipped < this.#lines.size) {
      const [orgId, line] = this.#first();
      const entry = line.entries[line.head];
      if (entry !== undefined && line.deficit >= entry.units && mayRun(orgId)) {
        line.entries[line.head] = undefined;
        line.head += 1;
        line.deficit -= entry.units;
        return this.#taken(entry, line);
      }
      if (mayRun(orgId)) line.deficit += QUANTUM;
      else skipped += 1;
      this.#lines.delete(orgId);
      this.#lines.set(orgId, line);
    }
    return undefined;
  }

  /** Adds an organisation's work that is under way outside the queue. */
  hold({ orgId, units }: Entry): void {
    this.#underWay.set(orgId, (this.#underWay.get(orgId) ?? 0) + units);
    this.#unitsUnderWay += units;
  }

  /** Ends a `hold`. */
  release({ orgId, units }: Entry): void {
    const rest = (this.#underWay.get(orgId) ?? 0) - units;
    if (rest > 0) this.#underWay.set(orgId, rest);
    else this.#underWay.delete(orgId);
    this.#unitsUnderWay -= units;
  }

  /** Whether the organisation has at least an equal share of all work under way. */
  hasItsShare(orgId: string): boolean {
    return (this.#underWay.get(orgId) ?? 0) * this.#underWay.size >= this.#unitsUnderWay;
  }

  /**
   * Removes the newest entry of the organisation with most under way, among those with entries and at least
   * an equal share.
   */
  removeNewest(): E | undefined {
    let heaviest: string | undefined;
    let most = 0;
    for (const orgId of this.#lines.keys()) {
      const units = this.#underWay.get(orgId) ?? 0;
      if (units > most && this.hasItsShare(orgId)) [heaviest, most] = [orgId, units];
    }
    const line = heaviest === undefined ? undefined : this.#lines.get(heaviest);
    const entry = line?.entries.pop();
    return line === undefined || entry === undefined ? undefined : this.#taken(entry, line);
  }

  #first(): [string, Line<E>] {
    const [first] = this.#lines;
    if (first === undefined) throw new Error('an empty queue has no first organisation');
    return first;
  }

  #taken(entry: E, line: Line<E>): E {
    if (line.head === line.entries.length) this.#lines.delete(entry.orgId);
    else if (line.head === TAKEN_KEPT_MAX) line.head -= line.entries.splice(0, TAKEN_KEPT_MAX).length;
    this.#unitsQueued -= entry.units;
    this.release(entry);
    return entry;
  }
}
