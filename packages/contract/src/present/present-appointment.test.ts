// Appointments as clients see them, each valid by the schema that documents it.

import { describe, expect, it } from '@jest/globals';
import type { Instant } from '@slotline/core';
import { appointmentResource, versionResource } from '../appointment-resource.ts';
import { presentAppointment, presentVersion, type AppointmentFacts } from './present-appointment.ts';

const at = (hour: number) => Date.UTC(2030, 0, 1, hour) as Instant;

const FACTS: AppointmentFacts = {
  id: '42',
  orgId: 'acme',
  resourceId: 'room-1',
  start: at(10),
  end: at(11),
  createdAt: at(1),
  updatedAt: at(2),
  status: 'booked',
  heldUntil: null,
  version: 1,
  metadata: '{"a":[1]}',
  recordedAt: at(3),
};

const SHOWN = {
  id: '42',
  orgId: 'acme',
  resourceId: 'room-1',
  start: '2030-01-01T10:00:00.000Z',
  end: '2030-01-01T11:00:00.000Z',
  createdAt: '2030-01-01T01:00:00.000Z',
  updatedAt: '2030-01-01T02:00:00.000Z',
  status: 'booked',
  version: 1,
  recordedAt: '2030-01-01T03:00:00.000Z',
  metadata: { a: [1] },
};

describe('an appointment', () => {
  it('is shown with times in UTC and metadata as JSON', () => {
    expect(presentAppointment(FACTS)).toEqual(SHOWN);
    expect(presentAppointment({ ...FACTS, metadata: null }).metadata).toBeNull();
  });

  it.each(['booked', 'cancelled', 'expired'] as const)('that is %s has no end of a hold', (status) => {
    const shown = presentAppointment({ ...FACTS, status });
    expect(shown).toEqual({ ...SHOWN, status });
    expect(appointmentResource.strict().parse(shown)).toEqual(shown);
  });

  it('that is held says until when', () => {
    const shown = presentAppointment({ ...FACTS, status: 'held', heldUntil: at(4) });
    expect(shown).toEqual({ ...SHOWN, status: 'held', heldUntil: '2030-01-01T04:00:00.000Z' });
    expect(appointmentResource.strict().parse(shown)).toEqual(shown);
  });
});

describe('a version', () => {
  it('is the appointment with the request that made it and its place', () => {
    const requestId = '0199d4b0-0000-7000-8000-000000000000';
    const shown = presentVersion({ ...FACTS, requestId, sequence: 7 });
    expect(shown).toEqual({ ...SHOWN, requestId, sequence: 7 });
    expect(versionResource.strict().parse(shown)).toEqual(shown);
  });
});
