import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '@slotline/core';
import type { DecidedFact, RequestRecord, VersionRecord } from '@slotline/db';
import { decidedAtMsOf, tellCallback, tellEndpoint } from './tell-fact.ts';

const DECIDED_AT = Date.UTC(2031, 0, 1, 9);
const ALL = { endpointId: '00000000-0000-8000-8000-000000000001', events: [] };

function request(outcome: Outcome, more: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: '00000000-0000-7000-8000-000000000002',
    orgId: 'acme',
    appointmentId: '42',
    operation: 'book',
    outcome,
    acceptedAt: DECIDED_AT - 5,
    decidedAt: DECIDED_AT,
    ...more,
  } as RequestRecord;
}

function version(more: Partial<VersionRecord> = {}): VersionRecord {
  return {
    orgId: 'acme',
    id: '42',
    resourceId: 'room',
    start: DECIDED_AT,
    end: DECIDED_AT + 1,
    createdAt: 0,
    updatedAt: 0,
    status: 'booked',
    heldUntil: null,
    version: 1,
    metadata: '{"colour":"red"}',
    recordedAt: DECIDED_AT,
    requestId: '00000000-0000-7000-8000-000000000002',
    sequence: 7,
    ...more,
  } as VersionRecord;
}

function typesOf(fact: DecidedFact, events: readonly string[] = []): readonly string[] {
  return tellEndpoint({ ...ALL, events }, fact).map(({ eventType }) => eventType);
}

describe('an endpoint', () => {
  it('gets an event for the request and one for each version', () => {
    const told = tellEndpoint(ALL, {
      request: request({ kind: 'created', version: 1 }),
      versions: [version()],
    });
    expect(told.map(({ eventType, sequence }) => [eventType, sequence])).toEqual([
      ['request.completed', 7],
      ['appointment.created', 7],
    ]);
    for (const { body, eventType } of told) {
      expect(JSON.parse(body)).toEqual({
        type: eventType,
        timestamp: '2031-01-01T09:00:00.000Z',
        data: {
          request: expect.objectContaining({ status: 'completed', outcome: { kind: 'created', version: 1 } }),
          appointment: expect.objectContaining({ id: '42', sequence: 7, metadata: { colour: 'red' } }),
          sequence: 7,
        },
      });
    }
  });

  it.each([
    ['updated', { version: 2 }],
    ['cancelled', { version: 2, status: 'cancelled' }],
    ['confirmed', { version: 2 }],
    ['expired', { version: 2, status: 'expired' }],
  ] as const)('hears that an appointment was %s', (kind, facts) => {
    const fact = { request: request({ kind, version: 2 }), versions: [version(facts)] };
    expect(typesOf(fact)).toEqual(['request.completed', `appointment.${kind}`]);
  });

  it('gets refusals, and failures as another event type', () => {
    const [refused] = tellEndpoint(ALL, { request: request({ kind: 'not-found' }), versions: [] });
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({
      type: 'request.completed',
      data: { request: { outcome: { kind: 'not-found' } }, appointment: null, sequence: null },
    });
    const quarantined = request({ kind: 'quarantined', detail: 'poison' }, { operation: 'unknown' });
    expect(typesOf({ request: quarantined, versions: [] })).toEqual(['request.failed']);
  });

  it('gets a separate event for every appointment of a batch', () => {
    const outcome: Outcome = {
      kind: 'applied',
      outcomes: [
        { appointmentId: '42', kind: 'confirmed', version: 2 },
        { appointmentId: '43', kind: 'cancelled', version: 3 },
      ],
    };
    const fact = {
      request: request(outcome, { operation: 'batch', appointmentId: '' }),
      versions: [
        version({ version: 2, sequence: 8 }),
        version({ id: '43', version: 3, sequence: 9, status: 'cancelled' }),
      ],
    };
    const told = tellEndpoint(ALL, fact);
    expect(told.map(({ eventType, sequence }) => [eventType, sequence])).toEqual([
      ['request.completed', null],
      ['appointment.confirmed', 8],
      ['appointment.cancelled', 9],
    ]);
    expect(new Set(told.map(({ deliveryId }) => deliveryId)).size).toBe(3);
    expect(JSON.parse(told[0]?.body ?? '')).toMatchObject({
      data: { request: { outcome: { items: [{ appointmentId: '42' }, { appointmentId: '43' }] } } },
    });
  });

  it('gets only the events that it subscribed to', () => {
    const fact = { request: request({ kind: 'created', version: 1 }), versions: [version()] };
    expect(typesOf(fact, ['appointment.created', 'ping'])).toEqual(['appointment.created']);
    expect(typesOf(fact, ['appointment.cancelled'])).toEqual([]);
  });

  it('gets the same events with the same ids, and another endpoint with other ids', () => {
    const fact = { request: request({ kind: 'created', version: 1 }), versions: [version()] };
    expect(tellEndpoint(ALL, fact)).toEqual(tellEndpoint(ALL, fact));
    const [other] = tellEndpoint({ ...ALL, endpointId: '00000000-0000-8000-8000-000000000009' }, fact);
    expect(other?.deliveryId).not.toBe(tellEndpoint(ALL, fact)[0]?.deliveryId);
  });
});

it('a callback gets only the event of its request', () => {
  const fact = { request: request({ kind: 'created', version: 1 }), versions: [version()] };
  const told = tellCallback(fact);
  expect(told.eventType).toBe('request.completed');
  expect(JSON.parse(told.body)).toMatchObject({ data: { appointment: { id: '42' } } });
});

it('a body contains the time of the decision', () => {
  const { body } = tellCallback({ request: request({ kind: 'not-found' }), versions: [] });
  expect(decidedAtMsOf(body)).toBe(DECIDED_AT);
  expect(decidedAtMsOf('{"type":"ping","timestamp":"never"}')).toBeUndefined();
  expect(decidedAtMsOf('something else')).toBeUndefined();
});
