// The request resource for every operation and every outcome, each valid by the schema that documents it.

import { describe, expect, it } from '@jest/globals';
import type { Instant, Outcome } from '@slotline/core';
import { requestResource } from '../request-resource.ts';
import { presentDecidedRequest, presentQueuedRequest } from './present-request.ts';

const NINE = Date.UTC(2030, 0, 1, 9) as Instant;
const TEN = Date.UTC(2030, 0, 1, 10) as Instant;
const [NINE_TEXT, TEN_TEXT] = ['2030-01-01T09:00:00.000Z', '2030-01-01T10:00:00.000Z'];
const REQUEST = {
  requestId: '0199d4b0-0000-7000-8000-000000000000',
  orgId: 'acme & sons',
  appointmentId: 'a/b',
  acceptedAt: NINE,
};
const SELF = '/api/requests/0199d4b0-0000-7000-8000-000000000000';

function decided(outcome: Outcome, more: object = {}) {
  const record = { ...REQUEST, operation: 'book' as const, outcome, decidedAt: TEN, ...more };
  const resource = presentDecidedRequest(record);
  expect(requestResource.strict().parse(resource)).toEqual(resource);
  return resource;
}

const BLOCKER = { id: 'x', start: NINE, end: TEN, version: 2 };
const SHOWN_BLOCKER = { id: 'x', start: NINE_TEXT, end: TEN_TEXT, version: 2 };
const DETAIL = 'The interval is taken by appointment x.';

describe('a request', () => {
  it('that waits says where and for how long', () => {
    expect(presentQueuedRequest({ ...REQUEST, operation: 'confirm', place: 3, etaMs: 1.6 })).toEqual({
      requestId: REQUEST.requestId,
      orgId: 'acme & sons',
      appointmentId: 'a/b',
      operation: 'confirm',
      status: 'queued',
      place: 3,
      etaMs: 2,
      acceptedAt: NINE_TEXT,
      links: { self: SELF, appointment: '/api/appointments/a%2Fb?orgId=acme%20%26%20sons' },
    });
  });

  it('of several appointments names none of them', () => {
    const queued = presentQueuedRequest({ ...REQUEST, appointmentId: '', operation: 'batch' });
    expect(queued).not.toHaveProperty('appointmentId');
    expect(queued.links).toEqual({ self: SELF });
  });

  it('that could not be read is unknown and has failed', () => {
    const outcome = { kind: 'quarantined', detail: 'Sorry.' } as const;
    expect(decided(outcome, { operation: 'unknown', appointmentId: '' })).toEqual({
      requestId: REQUEST.requestId,
      orgId: 'acme & sons',
      operation: 'unknown',
      status: 'failed',
      outcome,
      acceptedAt: NINE_TEXT,
      decidedAt: TEN_TEXT,
      links: { self: SELF },
    });
  });

  it.each<[Outcome, string]>([
    [{ kind: 'created', version: 1 }, 'book'],
    [{ kind: 'updated', version: 2 }, 'book'],
    [{ kind: 'cancelled', version: 2 }, 'cancel'],
    [{ kind: 'confirmed', version: 2 }, 'confirm'],
    [{ kind: 'not-held', version: 2 }, 'confirm'],
    [{ kind: 'ignored-stale', version: 2 }, 'confirm'],
    [{ kind: 'expired', version: 2 }, 'expire'],
    [{ kind: 'not-found' }, 'cancel'],
  ])('with outcome %j shows it as it is', (outcome, operation) => {
    expect(decided(outcome, { operation })).toMatchObject({ operation, status: 'completed', outcome });
  });
});

describe('a conflict', () => {
  it('names what is in the way', () => {
    expect(decided({ kind: 'conflict', conflictsWith: [BLOCKER] }).outcome).toEqual({
      kind: 'conflict',
      conflictsWith: [SHOWN_BLOCKER],
      detail: DETAIL,
    });
    const several = decided({ kind: 'conflict', conflictsWith: [BLOCKER, BLOCKER, BLOCKER] });
    expect(several.outcome?.detail).toBe('The interval is taken by appointment x and 2 more.');
  });

  it.each([
    [{}, {}],
    [{ before: { start: NINE, end: TEN } }, { before: { start: NINE_TEXT, end: TEN_TEXT } }],
    [{ after: { start: NINE, end: TEN } }, { after: { start: NINE_TEXT, end: TEN_TEXT } }],
  ])('with room at %j shows it', (alternatives, shown) => {
    const { outcome } = decided({ kind: 'conflict', conflictsWith: [BLOCKER], alternatives });
    expect(outcome?.alternatives).toEqual(shown);
  });
});

describe('an atomic batch', () => {
  const asked = { operation: 'batch', appointmentId: '' };

  it('that was applied has one outcome an item, in order, each with its appointment', () => {
    const outcomes = [
      { appointmentId: 'a', kind: 'updated', version: 2 } as const,
      { appointmentId: 'b', kind: 'cancelled', version: 9 } as const,
    ];
    expect(decided({ kind: 'applied', outcomes }, asked).outcome).toEqual({
      kind: 'applied',
      items: outcomes,
    });
  });

  it('that was refused says which appointments were in the way', () => {
    const outcomes = [
      { appointmentId: 'a', kind: 'not-applied' },
      { appointmentId: 'b', kind: 'conflict', conflictsWith: [BLOCKER] },
      { appointmentId: 'c', kind: 'ignored-stale', version: 3 },
    ] as const;
    expect(decided({ kind: 'refused', outcomes }, asked).outcome).toEqual({
      kind: 'refused',
      items: [
        { appointmentId: 'a', kind: 'not-applied' },
        { appointmentId: 'b', kind: 'conflict', conflictsWith: [SHOWN_BLOCKER], detail: DETAIL },
        { appointmentId: 'c', kind: 'ignored-stale', version: 3 },
      ],
      detail: 'Nothing was changed. Not possible as asked: appointment b, c.',
    });
  });

  it('with many in the way names the first of them', () => {
    const outcomes = ['42', '43', '44', '45'].map((appointmentId) => ({
      appointmentId,
      kind: 'not-found' as const,
    }));
    expect(decided({ kind: 'refused', outcomes }, asked).outcome?.detail).toBe(
      'Nothing was changed. Not possible as asked: appointment 42, 43 and 2 more.',
    );
  });
});
