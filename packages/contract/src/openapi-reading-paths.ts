// Descriptions of the reading endpoints: lists, history, feeds, free intervals and calendars.

import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { appointmentResource, freeInterval, versionResource } from './appointment-resource.ts';
import { appointmentIdText, requestId } from './identifiers.ts';
import { json, operation, problems, text } from './openapi-operation.ts';
import type { ProblemCode } from './problem.ts';
import {
  availabilityQuery,
  calendarQuery,
  changesQuery,
  changesStreamQuery,
  historyQuery,
  itemQuery,
  listQuery,
  requestQuery,
  requestsQuery,
} from './reading-queries.ts';
import { requestResource } from './request-resource.ts';

const LINK = {
  headers: z.object({
    Link: z.string().optional().meta({
      description: 'RFC 8288: `<…>; rel="next"`, a relative URL with the whole query, while more may follow.',
    }),
  }),
};

const lastEventId = z.string().optional().meta({
  description:
    'The id of the last event that was read. Clients of server-sent events send it when they reconnect.',
});

const codes = ['invalid-request', 'internal-error', 'unavailable'] as const satisfies ProblemCode[];
const itemProblems = problems(...codes, 'not-found', 'sequence-not-reached');
const pageProblems = problems(...codes, 'invalid-cursor', 'sequence-not-reached');
const streamProblems = problems(...codes, 'too-many-streams');

const NOT_MODIFIED = { description: 'Nothing has changed since the answer with this `ETag`.' };
const EVENTS = 'text/event-stream';

export const listAppointments = operation(
  'listAppointments',
  'Reading',
  'List appointments by start, then id, now or as they were known',
  {
    description:
      'A page ends at 1 MB, whatever `limit` says. With `at` a page may be short, even empty, while `Link` says that more follow: appointments recorded later are skipped.',
    requestParams: { query: listQuery },
    responses: {
      ...pageProblems,
      200: { ...json('The appointments that overlap the window.', z.array(appointmentResource)), ...LINK },
    },
  },
);

export const getAppointment = operation(
  'getAppointment',
  'Reading',
  'Read an appointment, now or as it was known',
  {
    requestParams: { path: z.object({ id: appointmentIdText }), query: itemQuery },
    responses: {
      ...itemProblems,
      200: json('The appointment; `ETag` is its version number.', appointmentResource),
      304: NOT_MODIFIED,
    },
  },
);

export const getRequest = operation('getRequest', 'Requests', 'Read a request and its outcome', {
  requestParams: {
    path: z.object({ requestId }),
    query: requestQuery,
    header: z.object({
      Prefer: z
        .string()
        .optional()
        .meta({ description: '`wait=N` seconds, at most 30.', examples: ['wait=10'] }),
    }),
  },
  responses: {
    ...problems(...codes, 'not-found'),
    200: json('The request, decided or not.', requestResource),
  },
});

export const readingPaths: ZodOpenApiPathsObject = {
  '/api/appointments.ics': {
    get: operation('getCalendar', 'Reading', 'Subscribe to an org or a resource as an iCalendar (RFC 5545)', {
      description:
        'Every appointment that overlaps the window, cancelled and expired ones as `STATUS:CANCELLED`. Without `from` the window begins 30 days ago, without `to` it ends 365 days after today or after a later `from`. Titles and descriptions are cut at 1 kB. At most 10,000 events; `Link` leads to more.',
      requestParams: { query: calendarQuery },
      responses: {
        ...pageProblems,
        200: { ...text('The calendar.', 'text/calendar'), ...LINK },
        304: NOT_MODIFIED,
      },
    }),
  },
  '/api/appointments/{id}/history': {
    get: operation('getHistory', 'Reading', 'Read the versions of an appointment, oldest first', {
      requestParams: { path: z.object({ id: appointmentIdText }), query: historyQuery },
      responses: {
        ...problems(...codes, 'not-found', 'invalid-cursor', 'sequence-not-reached'),
        200: { ...json('Versions, without gaps.', z.array(versionResource)), ...LINK },
      },
    }),
  },
  '/api/availability': {
    get: operation('listFreeIntervals', 'Reading', 'List free intervals by resource, then start', {
      description:
        'For the given resource, or for every resource of the org that was ever booked. Held appointments occupy their interval like booked ones.',
      requestParams: { query: availabilityQuery },
      responses: {
        ...pageProblems,
        200: { ...json('Free intervals, clipped to the window.', z.array(freeInterval)), ...LINK },
      },
    }),
  },
  '/api/changes': {
    get: operation('listChanges', 'Feeds', 'Read an org’s versions in the order they were decided', {
      description:
        'Every version has a `sequence`, 1, 2, 3 … in the org, without gaps. `Link` always continues after the last one, so following it indefinitely follows the org.',
      requestParams: { query: changesQuery },
      responses: {
        ...problems(...codes, 'sequence-not-reached'),
        200: {
          ...json('The versions after `after`; empty when there are none.', z.array(versionResource)),
          ...LINK,
        },
      },
    }),
  },
  '/api/changes/stream': {
    get: operation('streamChanges', 'Feeds', 'The same as server-sent events', {
      description:
        'One `change` event per version: `id` is its sequence, `data` the version. A client that reads too slowly gets `dropped` and is disconnected; a process that stops sends `closing`. After either, reconnect with `Last-Event-ID`, which takes precedence over `after`. `revoked` means that the credentials are no longer valid.',
      requestParams: { query: changesStreamQuery, header: z.object({ 'Last-Event-ID': lastEventId }) },
      responses: {
        ...problems(...codes, 'sequence-not-reached', 'too-many-streams'),
        200: text('The stream; it ends only when the client or the service closes it.', EVENTS),
      },
    }),
  },
  '/api/requests': {
    get: operation('listRequests', 'Requests', 'List an org’s requests, newest first', {
      description:
        'Queued ones by acceptance, then decided ones by decision. A request that is decided while the pages are read may appear on two of them, but is never missing. A page ends at 1 MB. It may be short, even empty, while `Link` says that more follow.',
      requestParams: { query: requestsQuery },
      responses: {
        ...problems(...codes, 'invalid-cursor'),
        200: { ...json('The requests.', z.array(requestResource)), ...LINK },
      },
    }),
  },
  '/api/requests/{requestId}/events': {
    get: operation('streamRequest', 'Feeds', 'Wait for a request as server-sent events', {
      description:
        'One event `request` with the request as it is (`id` is `queued` or `decided`), another when it is decided; then the stream ends. `revoked` means that the credentials are no longer valid.',
      requestParams: {
        path: z.object({ requestId }),
        header: z.object({ 'Last-Event-ID': lastEventId }),
      },
      responses: {
        ...streamProblems,
        ...problems('not-found'),
        200: text('The stream.', EVENTS),
        204: { description: '`Last-Event-ID` was `decided`: there are no more events.' },
      },
    }),
  },
};
