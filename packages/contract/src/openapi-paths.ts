// Every route of the public port, with its parameters, bodies and responses. A test compares them with the router.

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
      '1–255 visible characters, quoted or bare. Repeating the same key with the same body returns the state of the first request.',
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
  'Decided while waiting, or a replay of an idempotency key: see `outcome`.',
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
  'Decided while waiting, and the org has no such appointment; or the credentials have no access to the org.',
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
        201: json('Created while waiting; `Location` is the appointment.', requestResource),
        202: accepted,
        409: problemJson(
          'Refused while waiting: the interval is taken. Lists the conflicting appointments and the nearest free intervals.',
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
      `Send 1–${BATCH_ITEMS_MAX} bookings, cancellations and confirmations, independently or all or nothing`,
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
            'application/x-ndjson': { schema: z.string().meta({ description: 'One item per line.' }) },
          },
        },
        responses: {
          ...problems(...writeCodes, ...bodyCodes),
          400: problemJson('Nothing was accepted: the batch is invalid, or every item is.', batchProblem),
          200: json(
            'All items were decided while waiting, or are decided replays.',
            z.union([batchAnswer, requestResource]),
          ),
          202: json(
            'Accepted: one entry per item; with `atomic=true` a single request resource, and `Location`.',
            z.union([batchAnswer, requestResource]),
          ),
          409: problemJson(
            'The atomic batch was refused while waiting: nothing was changed.',
            refusedProblem,
          ),
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
    post: operation('confirmAppointment', 'Booking', 'Confirm a held appointment', {
      description:
        'Decided in order with all other requests: a confirmation queued before the release of the hold is granted, even if the hold is already due by the clock. Confirming a booked appointment is `ignored-stale`. The body is optional.',
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
        409: problemJson(
          'Decided while waiting: the appointment is cancelled or expired, so nothing is held.',
          refusedProblem,
        ),
      },
    }),
  },
  '/api/requests/{requestId}': { get: getRequest },
  ...readingPaths,
  ...webhookPaths,
  ...servicePaths,
  // An overloaded process refuses these as well; their readers can retry.
  '/api/openapi.json': { get: page('getOpenApi', 'This document', JSON_TYPE, 'overloaded') },
  '/api/docs': { get: page('getDocs', 'This document for people', 'text/html', 'overloaded') },
};
