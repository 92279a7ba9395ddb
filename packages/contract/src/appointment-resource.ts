// Appointments and their versions as responses show them, and the queries that select them.

import { z } from 'zod';
import { refuse } from './field-error.ts';
import { DEFAULT_NAME, orgId, requestId, resourceId } from './identifiers.ts';
import { timestamp, timestampOut } from './timestamp.ts';

export const LIST_LIMIT_MAX = 1_000;
export const LIST_LIMIT_DEFAULT = 100;
/** Further in than this, narrow the window with `from` instead: an offset is paid for row by row. */
export const LIST_OFFSET_MAX = 100_000;

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
    heldUntil: timestampOut.optional().meta({ description: 'When the hold is released. Only while `held`.' }),
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
      .meta({ description: 'The place of this version among all versions of the org, without gaps.' }),
  })
  .meta({ id: 'AppointmentVersion' });

export type AppointmentResource = z.output<typeof appointmentResource>;
export type VersionResource = z.output<typeof versionResource>;

function wholeNumber({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .transform((text) => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN))
    .refine(
      (value) => value >= min && value <= max,
      refuse('out-of-range', `Must be a whole number from ${min} to ${max}.`),
    )
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });
}

/** The query of `GET /api/appointments`. `from` and `to` select what overlaps `[from, to)`. */
export const listQuery = z
  .strictObject({
    orgId: orgId.optional(),
    org: orgId.optional().meta({ description: 'Another spelling of `orgId`.' }),
    resourceId: resourceId.optional(),
    from: timestamp.optional(),
    to: timestamp.optional(),
    limit: wholeNumber({ min: 1, max: LIST_LIMIT_MAX }).default(LIST_LIMIT_DEFAULT),
    offset: wholeNumber({ min: 0, max: LIST_OFFSET_MAX }).default(0),
  })
  .refine(({ org, orgId: id }) => org === undefined || id === undefined || org === id, {
    ...refuse('contradiction', 'Give orgId or org, not two different ones.'),
    path: ['org'],
  })
  .refine(({ from, to }) => from === undefined || to === undefined || to > from, {
    ...refuse('to-not-after-from', 'Must be after from.'),
    path: ['to'],
  })
  .transform(({ org, orgId: id, ...rest }) => ({ orgId: id ?? org ?? DEFAULT_NAME, ...rest }));

/** The query of a single appointment and of its history. */
export const orgQuery = z.strictObject({ orgId: orgId.default(DEFAULT_NAME) });

/** The longest wait in seconds; a longer one asked for is cut to it, never refused (RFC 7240 prefers, it does not demand). */
export const WAIT_SECONDS_MAX = 30;

/** The query of `GET /api/requests/{id}`. */
export const requestQuery = z.strictObject({
  wait: wholeNumber({ min: 0, max: 999_999_999 })
    .transform((seconds) => Math.min(seconds, WAIT_SECONDS_MAX))
    .optional(),
});
