// A queue with one FIFO per org, fair sharing between orgs, and BullMQ to distribute partitions to workers.

export type { Acceptance, Accepted, AcceptedItem, Full, NewItem } from './producer/acceptance.ts';
export type { Durability } from './producer/durability.ts';
export {
  type CompletedItem,
  ELSEWHERE,
  type Elsewhere,
  type ItemState,
  type ListedItem,
  type WaitingItem,
  type WaitingPage,
} from './producer/item-state.ts';
export type { OrgInspection } from './producer/operate-orgs.ts';
export { openOrgQueue } from './producer/open-org-queue.ts';
export type { OrgQueue, OrgQueueOptions } from './producer/org-queue.ts';
export type { Expectation } from './producer/completion-waits.ts';
export { openRedis, type OpenRedis, type OpenRedisOptions } from './redis/connect.ts';
export { openOrgWorker } from './worker/open-org-worker.ts';
export type {
  BuriedItem,
  OrgWorker,
  OrgWorkerOptions,
  WorkBatch,
  WorkerKnobs,
  WorkItem,
} from './worker/org-worker.ts';
export type { QueueEvent, QueueEventListener } from './queue-event.ts';
export type { QueueTarget } from './redis/queue-target.ts';
export { QueueUnavailableError, type UnavailableCode } from './redis/queue-unavailable-error.ts';
