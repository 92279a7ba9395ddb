// Appointments and versions as clients see them, in answers and in webhook bodies alike.

import { formatInstant, type Appointment, type Instant } from '@slotline/core';
import type { AppointmentResource, VersionResource } from '../appointment-resource.ts';

/** An appointment with its org and recording time. */
export interface AppointmentFacts extends Appointment {
  readonly orgId: string;
  readonly recordedAt: Instant;
}

export interface VersionFacts extends AppointmentFacts {
  readonly requestId: string;
  readonly sequence: number;
}

export function presentAppointment(record: AppointmentFacts): AppointmentResource {
  return {
    id: record.id,
    orgId: record.orgId,
    resourceId: record.resourceId,
    start: formatInstant(record.start),
    end: formatInstant(record.end),
    createdAt: formatInstant(record.createdAt),
    updatedAt: formatInstant(record.updatedAt),
    status: record.status,
    ...presentHold(record),
    version: record.version,
    recordedAt: formatInstant(record.recordedAt),
    metadata: record.metadata === null ? null : (JSON.parse(record.metadata) as Record<string, unknown>),
  };
}

function presentHold({ status, heldUntil }: AppointmentFacts) {
  return status === 'held' && heldUntil !== null ? { heldUntil: formatInstant(heldUntil) } : {};
}

export function presentVersion(record: VersionFacts): VersionResource {
  return { ...presentAppointment(record), requestId: record.requestId, sequence: record.sequence };
}
