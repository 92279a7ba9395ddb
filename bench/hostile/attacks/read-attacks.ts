// Reads of large rows, answers that are never read, event streams, and health checks.

import type { Attack } from '../attack.ts';
import { bookingOf, withNotes } from '../hostile-bodies.ts';
import type { HostileClient } from '../hostile-client.ts';
import { storeBookings, WAITED_JSON } from '../store-bookings.ts';
import { largeBatch, refusedBatch, storeEarlier } from './batch-attacks.ts';

const LIST = '/api/appointments?limit=1000';
/** Ten days around all events that are stored. */
const CALENDAR = '/api/appointments.ics?from=2031-01-01T00:00:00Z&to=2031-03-15T00:00:00Z';
const APPOINTMENTS = 1_000;
const EVENTS = 10_000;
/** Rows of refused batches that are listed. */
const REFUSED = 70;

function storeLarge(client: HostileClient, count: number): Promise<void> {
  return storeBookings(client, client.scaled(count), (number) =>
    withNotes(bookingOf(`large-${number}`, { slot: number })),
  );
}

async function storeRefused(client: HostileClient): Promise<void> {
  await storeEarlier(client);
  const request = refusedBatch(client, WAITED_JSON);
  for (let row = 0; row < client.scaled(REFUSED); row++) await client.ask(request);
}

const listRefused: Attack = {
  name: 'list-refused',
  summary: '16 connections: GET /api/requests?limit=1000 over refused batches with large outcomes',
  prepare: storeRefused,
  run: (client, signal) => {
    const request = client.get('/api/requests?limit=1000');
    return client.repeat({ connections: 16, request: () => request }, signal);
  },
};

const listWaiting: Attack = {
  name: 'list-waiting',
  summary: '8 connections list what waits with limit=1000, 16 fill the mailbox with batches of nearly 1 MB',
  run: async (client, signal) => {
    const fills = Array.from({ length: 16 }, (_, at) => largeBatch(client, `waiting-${at}`));
    const list = client.get('/api/requests?status=queued&limit=1000');
    await Promise.all([
      client.repeat({ connections: 16, request: (number) => fills[number % fills.length] ?? '' }, signal),
      client.repeat({ connections: 8, request: () => list }, signal),
    ]);
  },
};

const listLarge: Attack = {
  name: 'list-large',
  summary: `60 connections: lists of ${APPOINTMENTS} appointments with 4 kB of metadata each`,
  prepare: (client) => storeLarge(client, APPOINTMENTS),
  run: (client, signal) => {
    const request = client.get(LIST);
    return client.repeat({ connections: 60, request: () => request }, signal);
  },
};

const unreadLists: Attack = {
  name: 'unread-lists',
  summary: '150 connections ask for such lists and never read them',
  prepare: (client) => storeLarge(client, APPOINTMENTS),
  run: (client, signal) => client.hold({ sockets: 150, request: client.get(LIST), isRead: false }, signal),
};

const largeCalendars: Attack = {
  name: 'large-calendars',
  summary: `3 connections: calendars of ${EVENTS} events with 4 kB of notes each`,
  prepare: (client) => storeLarge(client, EVENTS),
  run: (client, signal) => {
    const request = client.get(CALENDAR);
    return client.repeat({ connections: 3, request: () => request }, signal);
  },
};

const eventStreams: Attack = {
  name: 'event-streams',
  summary: '1,000 event streams of one key, opened again when they are refused',
  run: (client, signal) =>
    client.hold({ sockets: 1_000, request: client.get('/api/changes/stream'), isRead: true }, signal),
};

const readiness: Attack = {
  name: 'readiness',
  summary: '400 connections: GET /readyz without a key',
  run: (client, signal) => {
    const request = client.get('/readyz', '');
    return client.repeat({ connections: 400, request: () => request }, signal);
  },
};

export const READ_ATTACKS: readonly Attack[] = [
  listRefused,
  listWaiting,
  listLarge,
  unreadLists,
  largeCalendars,
  eventStreams,
  readiness,
];
