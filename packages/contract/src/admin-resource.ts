// Queries and resources of the operators' port: orgs with their queues, and quarantined requests. Keys: `api-key.ts`.

import { z } from 'zod';
import { orgId, requestId } from './identifiers.ts';
import { CURSOR_LENGTH_MAX, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from './reading-queries.ts';
import { timestampOut } from './timestamp.ts';
import { wholeNumber } from './whole-number.ts';

export const ORG_WEIGHT_MAX = 100;

const weight = z.int().min(1).max(ORG_WEIGHT_MAX).meta({
  description:
    'The org’s share of the workers while they are saturated, relative to an org of weight 1. The default is 1.',
});

const limit = wholeNumber({ min: 1, max: LIST_LIMIT_MAX }).default(LIST_LIMIT_DEFAULT);

/** The query of `GET /api/admin/orgs`. */
export const orgsQuery = z.strictObject({
  orgId: orgId.optional().meta({ description: 'Return only this org, even if it is idle.' }),
  limit,
});

/** The body of `PUT /api/admin/orgs/{orgId}/weight`. */
export const orgWeight = z.strictObject({ weight }).meta({ id: 'OrgWeight' });

export const orgResource = z
  .object({
    orgId: z.string(),
    waiting: z.int().meta({ description: 'Accepted requests that are not yet decided.' }),
    oldestAgeMs: z.int().meta({ description: 'Age of the oldest waiting request; 0 when none waits.' }),
    isPaused: z.boolean().meta({ description: 'While true, requests are accepted but not decided.' }),
    weight,
    drainPerSecond: z.number().optional().meta({
      description: 'Requests decided per second, as last measured. Absent while the org is idle or paused.',
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
      description: 'Whether to include the stored entries, which contain client data.',
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
      .meta({ description: 'Absent for an atomic batch and for an entry that could not be read.' }),
    operation: z.enum(['book', 'cancel', 'confirm', 'expire', 'batch', 'unknown']),
    reason: z.string().optional().meta({
      description:
        'What went wrong; shown to operators only. Absent on entries quarantined by an older release.',
    }),
    isRetryable: z.boolean().meta({
      description:
        'Whether this release can read the entry. A truncated entry or an unknown format cannot be retried.',
    }),
    retriedAs: requestId.optional().meta({ description: 'The request that retried it, if any.' }),
    acceptedAt: timestampOut,
    quarantinedAt: timestampOut,
    payload: z.string().optional().meta({
      description:
        'The content of the mailbox entry, with `payload=true`. Absent if it was too large to keep.',
    }),
  })
  .meta({ id: 'QuarantinedRequest' });

export type OrgResource = z.output<typeof orgResource>;
export type QuarantinedResource = z.output<typeof quarantinedResource>;
