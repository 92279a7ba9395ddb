// Appointments and versions as clients see them.

import { formatInstant } from '@slotline/core';
import type { AppointmentResource, VersionResource } from '@slotline/contract';
import type { AppointmentRecord, VersionRecord } from '@slotline/db';

export function presentAppointment(record: AppointmentRecord): AppointmentResource {
  return {
    id: record.id,
    orgId: record.orgId,
    resourceId: record.resourceId,
    start: formatInstant(record.start),
    end: formatInstant(record.end),
    createdAt: formatInstant(record.createdAt),
    updatedAt: formatInstant(record.updatedAt),
    status: record.status,
    version: record.version,
    recordedAt: formatInstant(record.recordedAt),
    metadata: record.metadata === null ? null : (JSON.parse(record.metadata) as Record<string, unknown>),
  };
}

export function presentVersion(record: VersionRecord): VersionResource {
  return { ...presentAppointment(record), requestId: record.requestId, sequence: record.sequence };
}
