// Bodies that are small to send and costly to read, and single bookings in masses.

import type { Attack } from '../attack.ts';
import { batchOf, bookingOf } from '../hostile-bodies.ts';
import type { HostileClient } from '../hostile-client.ts';
import { WAITED_JSON } from '../store-bookings.ts';

const BODY_BYTES = 1_000_000;
const BATCH_ITEMS = 1_000;
const UNKNOWN_FIELDS = 150;
const CONNECTIONS = 256;
/** So that bookings of a flood do not overlap within one resource's years. */
const RESOURCES = 64;

const badLines: Attack = {
  name: 'bad-lines',
  summary: '4 connections: 1 MB of NDJSON whose every line is wrong',
  run: (client, signal) => {
    const body = 'x\n'.repeat(BODY_BYTES / 2);
    const request = client.post('/api/appointments/batch', body, 'Content-Type: application/x-ndjson\r\n');
    return client.repeat({ connections: 4, request: () => request }, signal);
  },
};

const unknownFields: Attack = {
  name: 'unknown-fields',
  summary: `4 connections: batches of ${BATCH_ITEMS} items with ${UNKNOWN_FIELDS} unknown fields each`,
  run: (client, signal) => {
    const fields = Array.from({ length: UNKNOWN_FIELDS }, (_, at) => [at.toString(36), 0]);
    const item = Object.fromEntries(fields) as Record<string, number>;
    const body = batchOf({ from: 0, count: BATCH_ITEMS }, () => item);
    const request = client.post('/api/appointments/batch', body);
    return client.repeat({ connections: 4, request: () => request }, signal);
  },
};

function floodOf(client: HostileClient, headers?: string) {
  return (number: number) => {
    const slot = Math.floor(number / RESOURCES);
    const booking = { ...bookingOf(`flood-${number}`, { slot }), resourceId: `flood-${number % RESOURCES}` };
    return client.post('/api/appointments', JSON.stringify(booking), headers);
  };
}

const plainBookings: Attack = {
  name: 'plain-bookings',
  summary: `${CONNECTIONS} connections: single bookings, not waited for`,
  run: (client, signal) => client.repeat({ connections: CONNECTIONS, request: floodOf(client) }, signal),
};

const waitedBookings: Attack = {
  name: 'waited-bookings',
  summary: `${CONNECTIONS} connections: single bookings, waited for`,
  run: (client, signal) =>
    client.repeat({ connections: CONNECTIONS, request: floodOf(client, WAITED_JSON) }, signal),
};

export const BODY_ATTACKS: readonly Attack[] = [badLines, unknownFields, plainBookings, waitedBookings];
