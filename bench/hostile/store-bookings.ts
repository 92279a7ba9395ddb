// Stores what an attack reads or runs into: bookings of the hostile organisation, in batches that are waited for.

import type { HostileClient } from './hostile-client.ts';
import { batchOf, type HostileBooking } from './hostile-bodies.ts';

const WAITED = 'Content-Type: application/json\r\nPrefer: wait=30\r\n';
/** With all of their metadata they are a little under 1 MB. */
const BATCH_ITEMS = 200;

/** Resolves when all are decided, or refused. */
export async function storeBookings(
  client: HostileClient,
  count: number,
  booking: (number: number) => HostileBooking,
): Promise<void> {
  for (let from = 0; from < count; from += BATCH_ITEMS) {
    const body = batchOf({ from, count: Math.min(BATCH_ITEMS, count - from) }, booking);
    await client.ask(client.post('/api/appointments/batch', body, WAITED));
  }
}

/** Headers of a POST that waits for its decision. */
export const WAITED_JSON = WAITED;
