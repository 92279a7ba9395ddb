// The delivery log.

import type { Database } from '../database.ts';
import type { AttemptRecord, DeliveryName, DeliveryRecord, DeliveryStatus } from './delivery-record.ts';
import type { EndpointName } from './endpoint-record.ts';

export interface DeliveriesQuery extends EndpointName {
  readonly status?: DeliveryStatus | undefined;
  /** `next` of the page before. Throws a RangeError for what never was one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export async function listDeliveries(
  _db: Database,
  _query: DeliveriesQuery,
): Promise<{ deliveries: readonly DeliveryRecord[]; next?: string }> {
  throw new TypeError('not built yet');
}

export type LoggedDelivery = DeliveryRecord & {
  readonly attemptsLog: readonly AttemptRecord[];
  readonly body: string;
};

export async function findDelivery(_db: Database, _name: DeliveryName): Promise<LoggedDelivery | undefined> {
  throw new TypeError('not built yet');
}
