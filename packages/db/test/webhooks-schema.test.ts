// Rows that the constraints of the webhook tables refuse from any writer.

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

const NOW = '2030-01-01T00:00:00Z';

async function insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
  const places = Object.keys(row).map((_, at) => `$${at + 1}`);
  const text = `insert into ${table} (${Object.keys(row).join(', ')}) values (${places.join(', ')})`;
  await it.raw.query(text, Object.values(row));
}

const insertDelivery = (changes: Readonly<Record<string, unknown>>) =>
  insert('deliveries', {
    ...{ delivery_id: randomUUID(), org_key: 1, endpoint_id: randomUUID(), event_type: 'ping' },
    ...{ url: 'https://x', body: '{}', status: 'pending', due_at: NOW, created_at: NOW, ...changes },
  });

test.each([
  ['pending', {}],
  ['waiting for its endpoint', { due_at: 'infinity' }],
  ['delivered', { status: 'delivered', due_at: null, delivered_at: NOW, attempts: 1, last_status: 200 }],
  ['failed', { status: 'failed', due_at: null, attempts: 10, last_error: 'timeout' }],
  ['redelivered', { attempts: 10, attempts_before: 10 }],
  ['dropped', { status: 'dropped', due_at: null }],
])('a delivery may be %s', async (_, changes) => {
  await insertDelivery(changes);
});

test.each([
  ['pending and never due', { due_at: null }],
  ['pending and delivered', { delivered_at: NOW }],
  ['delivered and due', { status: 'delivered', delivered_at: NOW, attempts: 1 }],
  ['delivered without a time', { status: 'delivered', due_at: null, attempts: 1 }],
  ['delivered without an attempt', { status: 'delivered', due_at: null, delivered_at: NOW }],
  ['failed without an attempt', { status: 'failed', due_at: null }],
  [
    'failed without an attempt of its current schedule',
    { status: 'failed', due_at: null, attempts: 2, attempts_before: 2 },
  ],
  ['failed and due', { status: 'failed', attempts: 1 }],
  ['dropped and due', { status: 'dropped' }],
  ['of an unknown status', { status: 'maybe' }],
  ['redelivered after more attempts than it has', { attempts: 1, attempts_before: 2 }],
  ['answered without an attempt', { last_status: 200 }],
  ['answered with status 42', { attempts: 1, last_status: 42 }],
  ['without a URL', { url: '' }],
  ['of sequence 0', { sequence: 0 }],
])('a delivery that is %s is refused', async (_, changes) => {
  await expect(insertDelivery(changes)).rejects.toMatchObject({ code: '23514' });
});

const insertEndpoint = (changes: Readonly<Record<string, unknown>>) =>
  insert('endpoints', {
    ...{ org_key: 1, endpoint_id: randomUUID(), kind: 'endpoint', url: 'https://x', events: [] },
    ...{ description: '', sealed_secret: 's', decision_sequence: 0, created_at: NOW, ...changes },
  });

const disabled = { disabled_at: NOW, disabled_reason: 'gone', has_waiting: true };

test.each([
  ['enabled', {}],
  ['disabled', disabled],
  ['deleted', { deleted_at: NOW, sealed_secret: '' }],
  ['for callbacks', { kind: 'callbacks', url: null }],
])('an endpoint may be %s', async (_, changes) => {
  await insertEndpoint(changes);
});

test.each([
  ['without a URL', { url: null }],
  ['disabled without a reason', { ...disabled, disabled_reason: null }],
  ['disabled for an unknown reason', { ...disabled, disabled_reason: 'mood' }],
  ['enabled with a reason', { disabled_reason: 'gone' }],
  ['disabled without has_waiting', { ...disabled, has_waiting: false }],
  ['without a secret', { sealed_secret: '' }],
  ['deleted with its secret', { deleted_at: NOW }],
  ['with a previous secret that has no end', { previous_sealed_secret: 's' }],
  ['with the end of a previous secret that it does not have', { previous_secret_until: NOW }],
  ['of an unknown kind', { kind: 'queue' }],
  ['for callbacks with a URL', { kind: 'callbacks' }],
  ['for callbacks that is disabled', { kind: 'callbacks', url: null, ...disabled }],
  ['for callbacks that is failing', { kind: 'callbacks', url: null, failing_since: NOW }],
  ['for callbacks that is deleted', { kind: 'callbacks', url: null, deleted_at: NOW, sealed_secret: '' }],
])('an endpoint %s is refused', async (_, changes) => {
  await expect(insertEndpoint(changes)).rejects.toMatchObject({ code: '23514' });
});

const insertAttempt = (changes: Readonly<Record<string, unknown>>) =>
  insert('delivery_attempts', {
    delivery_id: randomUUID(),
    org_key: 1,
    attempt: 1,
    started_at: NOW,
    ...changes,
  });

test.each([
  ['number 0', { attempt: 0 }],
  ['a status and no duration', { status: 200 }],
  ['an error and no duration', { error: 'timeout' }],
  ['a negative duration', { took_ms: -1 }],
])('an attempt with %s is refused', async (_, changes) => {
  await expect(insertAttempt(changes)).rejects.toMatchObject({ code: '23514' });
  await insertAttempt({ took_ms: 3, status: 200 });
});
