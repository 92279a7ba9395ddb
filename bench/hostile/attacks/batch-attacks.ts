// Batches with outcomes far larger than the batch, and batches of the largest allowed size.

import type { Attack } from '../attack.ts';
import { batchOf, bookingOf, longIdOf, withNotes } from '../hostile-bodies.ts';
import type { HostileClient, RawRequest } from '../hostile-client.ts';
import { storeBookings, WAITED_JSON } from '../store-bookings.ts';

const ATOMIC = '/api/appointments/batch?atomic=true';
const ATOMIC_ITEMS = 200;
const BATCH_ITEMS = 1_000;
/** Bookings that stand in the way, with ids as long as they may be. */
const EARLIER = 2_000;
/** Number of conflicting bookings that an outcome names for each item. */
const NAMED = 10;
const CONNECTIONS = 60;

export function storeEarlier(client: HostileClient): Promise<void> {
  return storeBookings(client, client.scaled(EARLIER), (number) =>
    bookingOf(longIdOf(number), { slot: number }),
  );
}

/** Each of its items overlaps ten of the earlier bookings, so the whole batch is refused and names them all. */
export function refusedBatch(client: HostileClient, headers?: string): RawRequest {
  const places = Math.max(1, Math.floor(client.scaled(EARLIER) / NAMED));
  const body = batchOf({ from: 0, count: ATOMIC_ITEMS }, (number) =>
    bookingOf(`refused-${number}`, { slot: (number % places) * NAMED, slots: NAMED }),
  );
  return client.post(ATOMIC, body, headers);
}

/** As long as 200 ids of an atomic batch may be together. */
const ID_LENGTH = 60;

/** As large as an atomic batch of full metadata gets; the first one creates, the others are stale and refused. */
export function largeBatch(client: HostileClient, name: string): RawRequest {
  const item = (number: number) => ({
    ...withNotes(bookingOf(`${name}-${number}`.padEnd(ID_LENGTH, '-'), { slot: number })),
    resourceId: name.padEnd(120, '-'),
  });
  return client.post(ATOMIC, batchOf({ from: 0, count: ATOMIC_ITEMS }, item));
}

const refusedWaited: Attack = {
  name: 'refused-atomic-waited',
  summary: `${CONNECTIONS} connections: atomic batches that name ${EARLIER} long ids in their refusal, waited for`,
  prepare: storeEarlier,
  run: (client, signal) => {
    const request = refusedBatch(client, WAITED_JSON);
    return client.repeat({ connections: CONNECTIONS, request: () => request }, signal);
  },
};

const refusedPlain: Attack = {
  name: 'refused-atomic-plain',
  summary: 'the same, not waited for',
  prepare: storeEarlier,
  run: (client, signal) => {
    const request = refusedBatch(client);
    return client.repeat({ connections: CONNECTIONS, request: () => request }, signal);
  },
};

const singleConflicts: Attack = {
  name: 'single-conflicts',
  summary: `8 connections: batches of ${BATCH_ITEMS} bookings, each in conflict with ${NAMED} long ids`,
  prepare: storeEarlier,
  run: (client, signal) => {
    const places = Math.max(1, Math.floor(client.scaled(EARLIER) / NAMED));
    const body = batchOf({ from: 0, count: BATCH_ITEMS }, (number) =>
      bookingOf(`conflict-${number}`, { slot: (number % places) * NAMED, slots: NAMED }),
    );
    const request = client.post('/api/appointments/batch', body, WAITED_JSON);
    return client.repeat({ connections: 8, request: () => request }, signal);
  },
};

const mailboxFlood: Attack = {
  name: 'mailbox-of-large-batches',
  summary: '32 connections: atomic batches of nearly 1 MB, not waited for',
  run: (client, signal) => {
    const requests = Array.from({ length: 32 }, (_, at) => largeBatch(client, `large-${at}`));
    return client.repeat(
      { connections: 32, request: (number) => requests[number % requests.length] ?? '' },
      signal,
    );
  },
};

export const BATCH_ATTACKS: readonly Attack[] = [refusedWaited, refusedPlain, singleConflicts, mailboxFlood];
