// A queue with one FIFO per org, fair sharing between orgs, and BullMQ to distribute partitions to workers.

export type { Acceptance, Accepted, AcceptedItem, Full, NewItem } from './acceptance.ts';
export type { Durability } from './durability.ts';
export { ELSEWHERE } from './item-state.ts';
export type {
  Elsewhere,
  ItemState,
  ListedItem,
  SettledItem,
  WaitingItem,
  WaitingPage,
} from './item-state.ts';
export type { OrgInspection } from './inspect-orgs.ts';
export { openOrgQueue } from './open-org-queue.ts';
export type { OrgQueue, OrgQueueOptions } from './org-queue.ts';
export type { Expectation } from './settled-waits.ts';
export { openRedis, type OpenRedis, type OpenRedisOptions } from './open-redis.ts';
export { openOrgWorker } from './open-org-worker.ts';
export type { OrgWorker } from './org-worker.ts';
export type { BuriedItem, WorkBatch, WorkItem } from './work-batch.ts';
export type { OrgWorkerOptions, WorkerKnobs } from './worker-options.ts';
export type { QueueEvent, QueueEventListener } from './queue-event.ts';
export type { QueueTarget } from './queue-target.ts';
export { QueueUnavailableError } from './queue-unavailable-error.ts';
export type { UnavailableCode } from './queue-unavailable-error.ts';
