// What operators ask for and see: orgs with their lines, and what was set aside. Keys are in `api-key.ts`.

import { z } from 'zod';
import { orgId, requestId } from './identifiers.ts';
import { CURSOR_LENGTH_MAX, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from './reading-queries.ts';
import { timestampOut } from './timestamp.ts';
import { wholeNumber } from './whole-number.ts';

export const ORG_WEIGHT_MAX = 100;

const weight = z.int().min(1).max(ORG_WEIGHT_MAX).meta({
  description:
    'What share of the work the org gets while there is more than the workers can do: so many times as much as one of weight 1, which is what every org has unless it was set.',
});

const limit = wholeNumber({ min: 1, max: LIST_LIMIT_MAX }).default(LIST_LIMIT_DEFAULT);

/** The query of `GET /api/admin/orgs`. */
export const orgsQuery = z.strictObject({
  orgId: orgId.optional().meta({ description: 'Only this one, whatever there is of it.' }),
  limit,
});

/** The body of `PUT /api/admin/orgs/{orgId}/weight`. */
export const orgWeight = z.strictObject({ weight }).meta({ id: 'OrgWeight' });

export const orgResource = z
  .object({
    orgId: z.string(),
    waiting: z.int().meta({ description: 'Accepted requests that are not decided.' }),
    oldestAgeMs: z.int().meta({ description: 'How long the first of them waits; 0 when none does.' }),
    isPaused: z.boolean().meta({ description: 'Requests are accepted and not decided.' }),
    weight,
    drainPerSecond: z.number().optional().meta({
      description: 'Requests decided a second, as last measured. Absent while the org is quiet or paused.',
    }),
  })
  .meta({ id: 'Org' });

/** The query of `GET /api/admin/quarantine`. */
export const quarantineQuery = z.strictObject({
  orgId: orgId.optional(),
  payload: z
    .enum(['true', 'false'], { error: 'Must be true or false.' })
    .default('false')
    .transform((text) => text === 'true')
    .meta({
      description: 'Whether to show what the entries held, which is the clients’ data.',
      override: { type: 'boolean', default: false },
    }),
  limit,
  cursor: z.string().min(1).max(CURSOR_LENGTH_MAX).optional(),
});

export const quarantinedResource = z
  .object({
    requestId,
    orgId: z.string(),
    appointmentId: z
      .string()
      .optional()
      .meta({ description: 'Absent for an atomic batch, and for what could not be read.' }),
    operation: z.enum(['book', 'cancel', 'confirm', 'expire', 'batch', 'unknown']),
    reason: z.string().optional().meta({
      description: 'What went wrong, for operators alone. Absent on what an older release set aside.',
    }),
    isRetryable: z.boolean().meta({
      description:
        'Whether this release can read it. What was cut, or is of no known shape, cannot be retried.',
    }),
    retriedAs: requestId
      .optional()
      .meta({ description: 'The request that tried it again, once there is one.' }),
    acceptedAt: timestampOut,
    quarantinedAt: timestampOut,
    payload: z.string().optional().meta({
      description: 'What the mailbox entry held, with `payload=true`. Absent when it was too large to keep.',
    }),
  })
  .meta({ id: 'QuarantinedRequest' });

export type OrgResource = z.output<typeof orgResource>;
export type QuarantinedResource = z.output<typeof quarantinedResource>;
