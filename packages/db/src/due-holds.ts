// Holds that nobody confirmed in time. Releasing one is a request like any other, decided in order.

import type { Instant } from '@slotline/core';

import type { Database } from './database.ts';

export interface DueHold {
  readonly orgId: string;
  readonly appointmentId: string;
  readonly version: number;
  readonly heldUntil: Instant;
}

export async function listDueHolds(_db: Database, _options: { limit: number }): Promise<readonly DueHold[]> {
  throw new TypeError('not built yet');
}
