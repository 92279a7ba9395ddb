// Webhooks as clients register, see and change them: endpoints, deliveries, and the queries that select them.
// A secret is in the two answers that make one and in no other.

import { z } from 'zod';
import { callbackUrl } from './booking.ts';
import { refuse } from './field-error.ts';
import { orgIdOrOwn, requestId } from './identifiers.ts';
import { CURSOR_LENGTH_MAX, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from './reading-queries.ts';
import { storableText } from './text.ts';
import { timestamp, timestampOut } from './timestamp.ts';
import { wholeNumber } from './whole-number.ts';

/** What an endpoint can ask for. A `ping` comes only when it is asked for, whatever the filter. */
export const WEBHOOK_EVENTS = [
  'request.completed',
  'request.failed',
  'appointment.created',
  'appointment.updated',
  'appointment.cancelled',
  'appointment.confirmed',
  'appointment.expired',
] as const;

export const DESCRIPTION_LENGTH_MAX = 200;
/** How long the secret before the current one signs too. */
export const SECRET_OVERLAP_HOURS = 24;
/** The name of the endpoint that every org has: its secret signs what is posted to a `callbackUrl`. */
export const CALLBACKS_ENDPOINT = 'callbacks';

const url = callbackUrl.meta({
  description: 'Where events are posted: https, a public address. Checked again at every delivery.',
  override: { format: 'uri' },
});

const events = z
  .array(z.enum(WEBHOOK_EVENTS, { error: `Must be one of ${WEBHOOK_EVENTS.join(', ')}.` }))
  .refine((types) => new Set(types).size === types.length, refuse('repeated', 'Must not name a type twice.'))
  .meta({
    description: 'The types it wants. Empty: all of them, those to come too.',
    override: { uniqueItems: true },
  });

const description = storableText({ min: 0, max: DESCRIPTION_LENGTH_MAX });

/** The body of `POST /api/webhooks`. */
export const newEndpoint = z
  .strictObject({
    orgId: orgIdOrOwn,
    url,
    events: events.default([]),
    description: description.default(''),
  })
  .meta({ id: 'NewEndpoint' });

/** The body of `PATCH /api/webhooks/{id}`; what is left out stays. */
export const endpointChange = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    isEnabled: z.boolean().optional().meta({
      description:
        '`true` begins with what is decided from now on; what is still owed goes on. See `recover` for the time between.',
    }),
  })
  .refine((change) => Object.keys(change).length > 0, {
    ...refuse('nothing-to-change', 'Must name a field.'),
    // A field that is not known has been named as such.
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ id: 'EndpointChange' });

export const endpointResource = z
  .object({
    id: z.string().meta({ description: `\`${CALLBACKS_ENDPOINT}\` for the one that every org has.` }),
    orgId: z.string(),
    kind: z.enum(['endpoint', 'callbacks']),
    url: z.string().optional().meta({ description: 'Absent on `callbacks`, whose requests name their own.' }),
    events: z.array(z.string()).meta({ description: 'Empty: all of them.' }),
    description: z.string(),
    isEnabled: z.boolean(),
    disabledReason: z.enum(['by-request', 'gone', 'failing']).optional().meta({
      description: '`gone`: it answered 410. `failing`: nothing but failures for five days.',
    }),
    disabledAt: timestampOut.optional(),
    failingSince: timestampOut.optional().meta({ description: 'The first failure since the last success.' }),
    previousSecretUntil: timestampOut
      .optional()
      .meta({ description: 'Until then deliveries have two signatures.' }),
    createdAt: timestampOut,
  })
  .meta({ id: 'Endpoint' });

export const endpointWithSecret = endpointResource
  .extend({
    secret: z
      .string()
      .meta({ description: 'Signs the deliveries. Shown now and never again.', examples: ['whsec_…'] }),
  })
  .meta({ id: 'EndpointWithSecret' });

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed', 'dropped']);

export const deliveryResource = z
  .object({
    id: z.string().meta({ description: 'The `webhook-id` of every attempt.', examples: ['msg_0199…'] }),
    orgId: z.string(),
    endpointId: z.string(),
    type: z.string(),
    url: z.string(),
    status: deliveryStatus.meta({
      description: '`failed`: given up until it is redelivered. `dropped`: the endpoint was deleted first.',
    }),
    attempts: z.int().meta({ description: 'Attempts begun.' }),
    requestId: requestId.optional(),
    sequence: z.int().optional().meta({ description: 'The org’s sequence of the version it tells of.' }),
    createdAt: timestampOut,
    nextAttemptAt: timestampOut.optional(),
    deliveredAt: timestampOut.optional(),
    lastStatus: z.int().optional(),
    lastError: z.string().optional(),
  })
  .meta({ id: 'Delivery' });

const attempt = z
  .object({
    attempt: z.int(),
    startedAt: timestampOut,
    tookMs: z.number().optional().meta({ description: 'Absent while it runs, and when its sender died.' }),
    status: z.int().optional(),
    error: z.string().optional(),
    answer: z.string().optional().meta({ description: 'The beginning of the answer’s body.' }),
  })
  .meta({ id: 'DeliveryAttempt' });

export const loggedDelivery = deliveryResource
  .extend({
    attemptsLog: z.array(attempt).meta({ description: 'Oldest first.' }),
    body: z.string().meta({ description: 'What every attempt posts, byte for byte.' }),
  })
  .meta({ id: 'LoggedDelivery' });

export const recovery = z
  .object({
    requeued: z.int().meta({
      description: 'Failed deliveries that come again. What was never delivered at all follows by itself.',
    }),
  })
  .meta({ id: 'Recovery' });

const org = { orgId: orgIdOrOwn };

/** The query of everything that names an endpoint by its path, and of the list of endpoints. */
export const endpointQuery = z.strictObject(org);

/** The query of `GET /api/webhooks/{id}/deliveries`. */
export const deliveriesQuery = z.strictObject({
  ...org,
  status: deliveryStatus.optional(),
  limit: wholeNumber({ min: 1, max: LIST_LIMIT_MAX }).default(LIST_LIMIT_DEFAULT),
  cursor: z.string().min(1).max(CURSOR_LENGTH_MAX).optional(),
});

/** The query of `POST /api/webhooks/{id}/recover`. */
export const recoverQuery = z.strictObject({
  ...org,
  since: timestamp.meta({ description: 'Not longer ago than the log of deliveries is kept.' }),
});

export type EndpointResource = z.output<typeof endpointResource>;
export type DeliveryResource = z.output<typeof deliveryResource>;
export type LoggedDeliveryResource = z.output<typeof loggedDelivery>;
