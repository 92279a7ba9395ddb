// Deliveries that get another chance, because somebody asked.

import type { Instant } from '@slotline/core';

import type { Database } from '../database.ts';
import type { DeliveryName, DeliveryRecord } from './delivery-record.ts';
import type { EndpointName } from './endpoint-record.ts';

export async function redeliver(_db: Database, _name: DeliveryName): Promise<DeliveryRecord | undefined> {
  throw new TypeError('not built yet');
}

export async function recoverDeliveries(
  _db: Database,
  _options: EndpointName & { since: Instant },
): Promise<{ requeued: number } | undefined> {
  throw new TypeError('not built yet');
}
