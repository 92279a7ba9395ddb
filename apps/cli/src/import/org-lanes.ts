// Schedules the batches: one FIFO lane per org, with at most one batch of an org and at most `parallel`
// batches in total in flight. Lanes take turns, so a huge org does not delay the small ones. The order of an
// org is kept because only one of its batches is in flight.

import type { Batch } from './batch.ts';

export interface LaneSettings {
  readonly parallel: number;
  /** Must not throw; when it does, `untilIdle` and `untilBelow` throw the same. */
  readonly deliver: (batch: Batch) => Promise<void>;
  /** No batch starts once this is aborted. */
  readonly stop: AbortSignal;
}

export class OrgLanes {
  readonly #settings: LaneSettings;
  readonly #waiting = new Map<string, Batch[]>();
  /** Orgs with waiting batches and none in flight, in the order of their turns. */
  readonly #ready = new Set<string>();
  readonly #flying = new Set<string>();
  #heldLines = 0;
  #heldBytes = 0;
  #changed = Promise.withResolvers<void>();
  #fault: { readonly error: unknown } | undefined;

  constructor(settings: LaneSettings) {
    this.#settings = settings;
    settings.stop.addEventListener('abort', () => this.#announceChange(), { once: true });
  }

  push(batch: Batch): void {
    const lane = this.#waiting.get(batch.orgId) ?? [];
    this.#waiting.set(batch.orgId, lane);
    lane.push(batch);
    this.#heldLines += batch.lines.length;
    this.#heldBytes += batch.bytes;
    if (!this.#flying.has(batch.orgId)) this.#ready.add(batch.orgId);
    this.#launch();
  }

  /** Resolves when less than this is waiting or in flight, or when nothing more will start. */
  async untilBelow(lines: number, bytes: number): Promise<void> {
    await this.#until(() => (this.#heldLines < lines && this.#heldBytes < bytes) || this.#isStopped);
  }

  /** Resolves when nothing is in flight and nothing will start. */
  async untilIdle(): Promise<void> {
    await this.#until(() => this.#flying.size === 0 && (this.#ready.size === 0 || this.#isStopped));
  }

  get #isStopped(): boolean {
    return this.#settings.stop.aborted;
  }

  #launch(): void {
    for (const orgId of this.#ready) {
      if (this.#isStopped || this.#flying.size >= this.#settings.parallel) return;
      this.#ready.delete(orgId);
      const batch = this.#waiting.get(orgId)?.shift();
      if (batch !== undefined) void this.#fly(batch);
    }
  }

  async #fly(batch: Batch): Promise<void> {
    this.#flying.add(batch.orgId);
    try {
      await this.#settings.deliver(batch);
    } catch (error) {
      this.#fault ??= { error };
    }
    this.#flying.delete(batch.orgId);
    this.#heldLines -= batch.lines.length;
    this.#heldBytes -= batch.bytes;
    if (this.#waiting.get(batch.orgId)?.length === 0) this.#waiting.delete(batch.orgId);
    else this.#ready.add(batch.orgId);
    this.#launch();
    this.#announceChange();
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (this.#fault === undefined && !isReached()) await this.#changed.promise;
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  #announceChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
