// What no writer can put into the tables of webhooks, whatever the code above them does.

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
  ['delivered at no time', { status: 'delivered', due_at: null, attempts: 1 }],
  ['delivered without an attempt', { status: 'delivered', due_at: null, delivered_at: NOW }],
  ['failed without an attempt', { status: 'failed', due_at: null }],
  [
    'failed without one of this schedule',
    { status: 'failed', due_at: null, attempts: 2, attempts_before: 2 },
  ],
  ['failed and due', { status: 'failed', attempts: 1 }],
  ['dropped and due', { status: 'dropped' }],
  ['of another status', { status: 'maybe' }],
  ['ahead of its attempts', { attempts: 1, attempts_before: 2 }],
  ['answered without an attempt', { last_status: 200 }],
  ['answered with status 42', { attempts: 1, last_status: 42 }],
  ['without a URL', { url: '' }],
  ['of version 0', { sequence: 0 }],
])('no delivery is %s', async (_, changes) => {
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
  ['disabled for no reason', { ...disabled, disabled_reason: null }],
  ['disabled for another reason', { ...disabled, disabled_reason: 'mood' }],
  ['enabled with a reason', { disabled_reason: 'gone' }],
  ['disabled and not to be settled when it is enabled', { ...disabled, has_waiting: false }],
  ['without a secret', { sealed_secret: '' }],
  ['deleted with its secret', { deleted_at: NOW }],
  ['with a second secret for ever', { previous_sealed_secret: 's' }],
  ['with the end of no second secret', { previous_secret_until: NOW }],
  ['of another kind', { kind: 'queue' }],
  ['for callbacks with a URL', { kind: 'callbacks' }],
  ['for callbacks and disabled', { kind: 'callbacks', url: null, ...disabled }],
  ['for callbacks and failing', { kind: 'callbacks', url: null, failing_since: NOW }],
  ['for callbacks and deleted', { kind: 'callbacks', url: null, deleted_at: NOW, sealed_secret: '' }],
])('no endpoint is %s', async (_, changes) => {
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
  ['an answer and no end', { status: 200 }],
  ['an error and no end', { error: 'timeout' }],
  ['an end before its start', { took_ms: -1 }],
])('no attempt has %s', async (_, changes) => {
  await expect(insertAttempt(changes)).rejects.toMatchObject({ code: '23514' });
  await insertAttempt({ took_ms: 3, status: 200 });
});
