// Webhooks as clients register, see and change them: endpoints, deliveries, and the queries that select them.
// Only the two responses that create a secret contain it.

import { z } from 'zod';
import { callbackUrl } from './booking.ts';
import { refuse } from './field-error.ts';
import { orgIdOrOwn, requestId } from './identifiers.ts';
import { CURSOR_LENGTH_MAX, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from './reading-queries.ts';
import { storableText } from './text.ts';
import { timestamp, timestampOut } from './timestamp.ts';
import { wholeNumber } from './whole-number.ts';

/** The event types that an endpoint can subscribe to. A `ping` is sent only on request, whatever the filter. */
export const WEBHOOK_EVENTS = [
  'request.completed',
  'request.failed',
  'appointment.created',
  'appointment.updated',
  'appointment.cancelled',
  'appointment.confirmed',
  'appointment.expired',
] as const;

const DESCRIPTION_LENGTH_MAX = 200;
/** How long the previous secret also signs after a rotation. */
export const SECRET_OVERLAP_HOURS = 24;
/** The name of the endpoint that every org has: its secret signs what is posted to a `callbackUrl`. */
export const CALLBACKS_ENDPOINT = 'callbacks';

const url = callbackUrl.meta({
  description:
    'The URL that events are posted to: https, with a public address. Checked again at every delivery.',
  override: { format: 'uri' },
});

const events = z
  .array(z.enum(WEBHOOK_EVENTS, { error: `Must be one of ${WEBHOOK_EVENTS.join(', ')}.` }))
  .refine(
    (types) => new Set(types).size === types.length,
    refuse('repeated', 'Must not contain a type twice.'),
  )
  .meta({
    description: 'The event types to deliver. Empty: all types, including future ones.',
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

/** The body of `PATCH /api/webhooks/{id}`; omitted fields keep their values. */
export const endpointChange = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    isEnabled: z.boolean().optional().meta({
      description:
        '`true` delivers events of requests decided from now on, and pending deliveries continue. For events in between, see `recover`.',
    }),
  })
  .refine((change) => Object.keys(change).length > 0, {
    ...refuse('nothing-to-change', 'Must contain at least one field to change.'),
    // An unknown field has its own error.
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ id: 'EndpointChange' });

export const endpointResource = z
  .object({
    id: z.string().meta({ description: `\`${CALLBACKS_ENDPOINT}\` for the built-in endpoint of every org.` }),
    orgId: z.string(),
    kind: z.enum(['endpoint', 'callbacks']),
    url: z.string().optional().meta({ description: 'Absent on `callbacks`, whose requests name their own.' }),
    events: z.array(z.string()).meta({ description: 'Empty: all types.' }),
    description: z.string(),
    isEnabled: z.boolean(),
    disabledReason: z.enum(['by-request', 'gone', 'failing']).optional().meta({
      description: '`gone`: it answered 410. `failing`: only failures for five days.',
    }),
    disabledAt: timestampOut.optional(),
    failingSince: timestampOut.optional().meta({ description: 'The first failure since the last success.' }),
    previousSecretUntil: timestampOut
      .optional()
      .meta({ description: 'Until then deliveries are signed with both secrets.' }),
    createdAt: timestampOut,
  })
  .meta({ id: 'Endpoint' });

export const endpointWithSecret = endpointResource
  .extend({
    secret: z
      .string()
      .meta({ description: 'Signs the deliveries. Shown only in this response.', examples: ['whsec_…'] }),
  })
  .meta({ id: 'EndpointWithSecret' });

const deliveryStatus = z.enum(['pending', 'delivered', 'failed', 'dropped']);

export const deliveryResource = z
  .object({
    id: z.string().meta({ description: 'The `webhook-id` of every attempt.', examples: ['msg_0199…'] }),
    orgId: z.string(),
    endpointId: z.string(),
    type: z.string(),
    url: z.string(),
    status: deliveryStatus.meta({
      description:
        '`failed`: no more attempts unless it is redelivered. `dropped`: the endpoint was deleted first.',
    }),
    attempts: z.int().meta({ description: 'The number of attempts started.' }),
    requestId: requestId.optional(),
    sequence: z.int().optional().meta({ description: 'The sequence of the version that it reports.' }),
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
    tookMs: z
      .number()
      .optional()
      .meta({ description: 'Absent while the attempt runs, and if the worker ended during it.' }),
    status: z.int().optional(),
    error: z.string().optional(),
    answer: z.string().optional().meta({ description: 'The beginning of the response body.' }),
  })
  .meta({ id: 'DeliveryAttempt' });

export const loggedDelivery = deliveryResource
  .extend({
    attemptsLog: z.array(attempt).meta({ description: 'Oldest first.' }),
    body: z.string().meta({ description: 'The exact body that every attempt posts.' }),
  })
  .meta({ id: 'LoggedDelivery' });

export const recovery = z
  .object({
    requeued: z.int().meta({
      description:
        'The number of failed deliveries queued again. Deliveries that never existed are created automatically.',
    }),
  })
  .meta({ id: 'Recovery' });

const org = { orgId: orgIdOrOwn };

/** The query of the endpoint list and of every path below one webhook endpoint. */
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
  since: timestamp.meta({ description: 'Must be within the retention of the delivery log.' }),
});

export type EndpointResource = z.output<typeof endpointResource>;
export type DeliveryResource = z.output<typeof deliveryResource>;
export type LoggedDeliveryResource = z.output<typeof loggedDelivery>;
