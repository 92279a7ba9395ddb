// Response schemas of appointments, their versions and free intervals.

import { z } from 'zod';
import { requestId } from './identifiers.ts';
import { timestampOut } from './timestamp.ts';

export const appointmentResource = z
  .object({
    id: z.string(),
    orgId: z.string(),
    resourceId: z.string(),
    start: timestampOut,
    end: timestampOut,
    createdAt: timestampOut,
    updatedAt: timestampOut,
    status: z.enum(['booked', 'held', 'cancelled', 'expired']),
    heldUntil: timestampOut
      .optional()
      .meta({ description: 'When the hold is released. Present only while `held`.' }),
    version: z.int().min(1),
    recordedAt: timestampOut.meta({ description: 'When the service recorded this version.' }),
    metadata: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Appointment' });

export const versionResource = appointmentResource
  .extend({
    requestId,
    sequence: z
      .int()
      .meta({ description: 'The position of this version among all versions of the org, without gaps.' }),
  })
  .meta({ id: 'AppointmentVersion' });

export const freeInterval = z
  .object({ resourceId: z.string(), start: timestampOut, end: timestampOut })
  .meta({ id: 'FreeInterval' });

export type AppointmentResource = z.output<typeof appointmentResource>;
export type VersionResource = z.output<typeof versionResource>;
export type FreeIntervalResource = z.output<typeof freeInterval>;
