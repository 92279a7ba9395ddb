// Every route that answers, with its parameters, bodies and answers. A test holds it against the router.

import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { batchQuery } from './atomic-batch.ts';
import {
  BATCH_ITEMS_MAX,
  bookItem,
  booking,
  cancelItem,
  cancellationQuery,
  confirmBody,
  confirmItem,
  confirmQuery,
} from './booking.ts';
import { appointmentIdText } from './identifiers.ts';
import { json, JSON_TYPE, operation, page, problemJson, problems } from './openapi-operation.ts';
import { getAppointment, getRequest, listAppointments, readingPaths } from './openapi-reading-paths.ts';
import { servicePaths } from './openapi-service-paths.ts';
import { webhookPaths } from './openapi-webhook-paths.ts';
import { problem } from './problem.ts';
import {
  batchAnswer,
  batchProblem,
  conflictProblem,
  refusedProblem,
  requestResource,
} from './request-resource.ts';

const idempotencyHeaders = z.object({
  'Idempotency-Key': z.string().optional().meta({
    description:
      '1–255 visible characters, quoted or bare. The same key with the same body is answered with the first request’s state.',
  }),
  Prefer: z
    .string()
    .optional()
    .meta({
      description: '`respond-async` (the default) or `wait=N` seconds, at most 30.',
      examples: ['wait=10'],
    }),
});

const accepted = json('Accepted; `Location` is the request resource.', requestResource);

const decidedOrReplayed = json(
  'Waited for and decided, or a replay of an idempotency key: see `outcome`.',
  requestResource,
);

const writeCodes = [
  'invalid-request',
  'request-timeout',
  'idempotency-key-reused',
  'mailbox-full',
  'quarantined',
  'unavailable',
] as const;
const bodyCodes = ['malformed-json', 'body-too-large', 'unsupported-media-type'] as const;

const notThere = problemJson(
  'Waited for, and the org has no such appointment; or the org is not there for who asks.',
  z.union([refusedProblem, problem]),
);

export const paths: ZodOpenApiPathsObject = {
  '/api/appointments': {
    post: operation('bookAppointment', 'Booking', 'Book, hold or move an appointment', {
      requestParams: { header: idempotencyHeaders },
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: booking } } },
      responses: {
        ...problems(...writeCodes, ...bodyCodes),
        200: decidedOrReplayed,
        201: json('Waited for and created; `Location` is the appointment.', requestResource),
        202: accepted,
        409: problemJson(
          'Waited for and refused: the interval is taken. Names what is in the way and the nearest free intervals.',
          conflictProblem,
        ),
      },
    }),
    get: listAppointments,
  },
  '/api/appointments/batch': {
    post: operation(
      'bookBatch',
      'Booking',
      `Send 1–${BATCH_ITEMS_MAX} bookings, cancellations and confirmations, each by itself or all or nothing`,
      {
        requestParams: { query: batchQuery, header: idempotencyHeaders },
        requestBody: {
          required: true,
          content: {
            [JSON_TYPE]: {
              schema: z
                .array(z.union([bookItem, cancelItem, confirmItem]))
                .min(1)
                .max(BATCH_ITEMS_MAX),
            },
            'application/x-ndjson': { schema: z.string().meta({ description: 'One item a line.' }) },
          },
        },
        responses: {
          ...problems(...writeCodes, ...bodyCodes),
          400: problemJson('Nothing of it was accepted: not as a batch, or none of its items.', batchProblem),
          200: json('All decided in time, or replayed and decided.', z.union([batchAnswer, requestResource])),
          202: json(
            'Accepted: one entry an item; with `atomic=true` the one request resource, and `Location`.',
            z.union([batchAnswer, requestResource]),
          ),
          409: problemJson('Atomic, waited for and refused: nothing was changed.', refusedProblem),
        },
      },
    ),
  },
  '/api/appointments/{id}': {
    get: getAppointment,
    delete: operation('cancelAppointment', 'Booking', 'Cancel an appointment', {
      requestParams: {
        path: z.object({ id: appointmentIdText }),
        query: cancellationQuery,
        header: idempotencyHeaders,
      },
      responses: {
        ...problems(...writeCodes),
        200: decidedOrReplayed,
        202: accepted,
        404: notThere,
      },
    }),
  },
  '/api/appointments/{id}/confirm': {
    post: operation('confirmAppointment', 'Booking', 'Make a held appointment a booked one', {
      description:
        'Decided in order with everything else: a confirmation that stands before the release of the hold is granted, even when it is due by the clock. One of what is booked already is `ignored-stale`. The body may be left out.',
      requestParams: {
        path: z.object({ id: appointmentIdText }),
        query: confirmQuery,
        header: idempotencyHeaders,
      },
      requestBody: { content: { [JSON_TYPE]: { schema: confirmBody } } },
      responses: {
        ...problems(...writeCodes, ...bodyCodes),
        200: decidedOrReplayed,
        202: accepted,
        404: notThere,
        409: problemJson('Waited for, and it is cancelled or expired: nothing is held.', refusedProblem),
      },
    }),
  },
  '/api/requests/{requestId}': { get: getRequest },
  ...readingPaths,
  ...webhookPaths,
  ...servicePaths,
  // A process that is late refuses these as well: whoever reads them can come back.
  '/api/openapi.json': { get: page('getOpenApi', 'This document', JSON_TYPE, 'overloaded') },
  '/api/docs': { get: page('getDocs', 'This document for people', 'text/html', 'overloaded') },
};
