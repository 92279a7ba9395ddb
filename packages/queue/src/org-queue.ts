/**
 * The producer side: accepts items into the mailboxes of their orgs and tells what became of them.
 * An item is accepted exactly when `accept` resolves; an error means unknown, and the same ids can be
 * sent again. Deciding is left to `OrgWorker`.
 */
import type { Acceptance, NewItem } from './acceptance.ts';
import type { Durability } from './durability.ts';
import type { ItemState } from './item-state.ts';
import type { QueueEventListener } from './queue-event.ts';
import type { QueueTarget } from './queue-target.ts';

export interface OrgQueueOptions extends QueueTarget {
  mailboxMax?: number;
  settledTtlMs?: number;
  minReplicas?: number;
  commandTimeoutMs?: number;
  onEvent?: QueueEventListener;
}

export interface OrgQueue<T, R> {
  accept(items: readonly NewItem<T>[]): Promise<Acceptance<T, R>>;
  find(ids: readonly string[]): Promise<readonly (ItemState<T, R> | undefined)[]>;
  settled(
    ids: readonly string[],
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<readonly (R | undefined)[]>;
  inspect(orgId: string): Promise<OrgInspection>;
  listBusy(limit: number): Promise<readonly OrgInspection[]>;
  oldestAgeMs(): Promise<number>;
  pause(orgId: string): Promise<void>;
  resume(orgId: string): Promise<void>;
  durability(): Promise<Durability>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface OrgInspection {
  readonly orgId: string;
  readonly depth: number;
  readonly oldestAgeMs: number;
  readonly isPaused: boolean;
  readonly paceMs?: number;
}

export function openOrgQueue<T, R>(_options: OrgQueueOptions): Promise<OrgQueue<T, R>> {
  return Promise.reject(new Error('openOrgQueue is being written'));
}
