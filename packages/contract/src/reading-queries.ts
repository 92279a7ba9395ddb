// Queries of the reading endpoints. Each is strict: an unknown parameter is refused, because a misspelt filter would
// silently select everything.

import { z } from 'zod';
import { refuse } from './field-error.ts';
import { DEFAULT_NAME, orgId, orgIdOrOwn, resourceId } from './identifiers.ts';
import { timestamp } from './timestamp.ts';
import { wholeNumber } from './whole-number.ts';

export const LIST_LIMIT_MAX = 1_000;
export const LIST_LIMIT_DEFAULT = 100;
/** Beyond this, narrow the window with `from` or follow `Link`: an offset costs time for each row skipped. */
export const LIST_OFFSET_MAX = 100_000;
/** A cursor holds a position; the longest contains an escaped appointment id of 200 characters. */
export const CURSOR_LENGTH_MAX = 2_048;
/** Far beyond the sequence of any org; keeps it an exact number. */
const SEQUENCE_MAX = 999_999_999_999;
/** The longest window of one availability query. */
export const AVAILABILITY_DAYS_MAX = 366;
/** One year in minutes; the largest `durationMinutes`. */
const DURATION_MINUTES_MAX = 525_600;
/** The longest wait in seconds. A longer one is capped, not refused: `Prefer` (RFC 7240) is only a preference. */
export const WAIT_SECONDS_MAX = 30;

const DAY_MS = 86_400_000;

const org = { orgId: orgIdOrOwn };

const at = timestamp.optional().meta({
  description: 'The state that the service had recorded at this instant. A future instant means now.',
});

const minSequence = wholeNumber({ min: 0, max: SEQUENCE_MAX }).optional().meta({
  description:
    'Answer from a state that includes the org’s change with this sequence, or with 409 if it is not reached yet.',
});

const limit = wholeNumber({ min: 1, max: LIST_LIMIT_MAX }).default(LIST_LIMIT_DEFAULT);

const cursor = z.string().min(1).max(CURSOR_LENGTH_MAX).optional().meta({
  description:
    'The position to continue from, as given in `Link: <…>; rel="next"`. Valid only with the same other parameters.',
});

const after = wholeNumber({ min: 0, max: SEQUENCE_MAX })
  .default(0)
  .meta({ description: 'The last sequence that was seen; 0 starts at the beginning.' });

const wait = wholeNumber({ min: 0, max: 999_999_999 })
  .transform((seconds) => Math.min(seconds, WAIT_SECONDS_MAX))
  .optional();

const window = { from: timestamp.optional(), to: timestamp.optional() };

function isForward({ from, to }: { from?: number | undefined; to?: number | undefined }): boolean {
  return from === undefined || to === undefined || to > from;
}

const BACKWARD = { ...refuse('to-not-after-from', 'Must be after from.'), path: ['to'] };

/** The query of `GET /api/appointments`. `from` and `to` select what overlaps `[from, to)`. */
export const listQuery = z
  .strictObject({
    orgId: orgId.optional(),
    org: orgId.optional().meta({ description: 'Another spelling of `orgId`.' }),
    resourceId: resourceId.optional(),
    ...window,
    status: z.enum(['booked', 'held', 'cancelled', 'expired', 'all']).default('booked'),
    at,
    limit,
    offset: wholeNumber({ min: 0, max: LIST_OFFSET_MAX }).optional(),
    cursor,
    minSequence,
  })
  .refine(({ org: alias, orgId: id }) => alias === undefined || id === undefined || alias === id, {
    ...refuse('contradiction', 'orgId and org differ. Send only one of them.'),
    path: ['org'],
  })
  .refine(isForward, BACKWARD)
  .refine(({ offset, cursor: place }) => offset === undefined || place === undefined, {
    ...refuse('contradiction', 'Send cursor or offset, not both.'),
    path: ['offset'],
  })
  .transform(({ org: alias, orgId: id, ...rest }) => ({ orgId: id ?? alias ?? DEFAULT_NAME, ...rest }));

/** The query of `GET /api/appointments/{id}`. */
export const itemQuery = z.strictObject({ ...org, at, minSequence });

/** The query of `GET /api/appointments/{id}/history`. */
export const historyQuery = z.strictObject({ ...org, limit, cursor, minSequence });

/** The query of `GET /api/requests/{id}`. */
export const requestQuery = z.strictObject({ wait });

/** The query of `GET /api/requests`. */
export const requestsQuery = z
  .strictObject({
    ...org,
    status: z.enum(['queued', 'completed', 'failed']).optional(),
    outcome: z
      .enum([
        'created',
        'updated',
        'cancelled',
        'confirmed',
        'expired',
        'ignored-stale',
        'not-held',
        'conflict',
        'not-found',
        'applied',
        'refused',
        'quarantined',
      ])
      .optional(),
    limit,
    cursor,
  })
  .refine(({ status, outcome }) => status !== 'queued' || outcome === undefined, {
    ...refuse('contradiction', 'Queued requests have no outcome. Remove outcome, or use another status.'),
    path: ['outcome'],
  });

/** The query of `GET /api/changes`. */
export const changesQuery = z.strictObject({
  ...org,
  after,
  limit,
  wait: wait.meta({
    description: `Seconds to wait for a change when there is none, at most ${WAIT_SECONDS_MAX}.`,
  }),
  minSequence,
});

/** The query of `GET /api/changes/stream`. */
export const changesStreamQuery = z.strictObject({ ...org, after, minSequence });

/** The empty query of an endpoint that is selected by its path alone. */
export const noQuery = z.strictObject({});

/** `Last-Event-ID` of a change stream, sent on reconnect. Takes precedence over `after`. */
export const lastSequence = wholeNumber({ min: 0, max: SEQUENCE_MAX });

/** `Last-Event-ID` of a request's stream, sent on reconnect. */
export const lastRequestEvent = z.enum(['queued', 'decided']);

/** The query of `GET /api/availability`. */
export const availabilityQuery = z
  .strictObject({
    ...org,
    resourceId: resourceId.optional(),
    from: timestamp,
    to: timestamp,
    durationMinutes: wholeNumber({ min: 1, max: DURATION_MINUTES_MAX })
      .optional()
      .meta({ description: 'The minimum length of an interval. Default: any.' }),
    limit,
    cursor,
    minSequence,
  })
  .refine(isForward, BACKWARD)
  .refine(({ from, to }) => to - from <= AVAILABILITY_DAYS_MAX * DAY_MS, {
    ...refuse('window-too-long', `Must be at most ${AVAILABILITY_DAYS_MAX} days after from.`),
    path: ['to'],
  });

/** The query of `GET /api/appointments.ics`. */
export const calendarQuery = z
  .strictObject({ ...org, resourceId: resourceId.optional(), ...window, cursor, minSequence })
  .refine(isForward, BACKWARD);
