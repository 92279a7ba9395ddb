// A queue with one FIFO per org, fair sharing between orgs, and BullMQ to distribute partitions to workers.

export type { Acceptance, Accepted, AcceptedItem, Full, NewItem } from './producer/acceptance.ts';
export type { Durability } from './producer/durability.ts';
export { ELSEWHERE } from './producer/item-state.ts';
export type {
  Elsewhere,
  ItemState,
  ListedItem,
  SettledItem,
  WaitingItem,
  WaitingPage,
} from './producer/item-state.ts';
export type { OrgInspection } from './producer/inspect-orgs.ts';
export { openOrgQueue } from './producer/open-org-queue.ts';
export type { OrgQueue, OrgQueueOptions } from './producer/org-queue.ts';
export type { Expectation } from './producer/settled-waits.ts';
export { openRedis, type OpenRedis, type OpenRedisOptions } from './redis/open-redis.ts';
export { openOrgWorker } from './worker/open-org-worker.ts';
export type { OrgWorker } from './worker/org-worker.ts';
export type { BuriedItem, WorkBatch, WorkItem } from './worker/work-batch.ts';
export type { OrgWorkerOptions, WorkerKnobs } from './worker/worker-options.ts';
export type { QueueEvent, QueueEventListener } from './queue-event.ts';
export type { QueueTarget } from './redis/queue-target.ts';
export { QueueUnavailableError } from './redis/queue-unavailable-error.ts';
export type { UnavailableCode } from './redis/queue-unavailable-error.ts';
