// A delivery that follows from no decision: a ping.

import type { Database } from '../database.ts';
import type { DeliveryName, DeliveryRecord } from './delivery-record.ts';

export async function createDelivery(
  _db: Database,
  _delivery: DeliveryName & { eventType: string; body: string; url: string },
): Promise<DeliveryRecord | undefined> {
  throw new TypeError('not built yet');
}
