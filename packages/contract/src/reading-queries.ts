// The queries of everything that is read. Each is strict: a parameter that is not known is refused, because a
// filter with a typing error would quietly select everything.

import { z } from 'zod';
import { refuse } from './field-error.ts';
import { DEFAULT_NAME, orgId, orgIdOrOwn, resourceId } from './identifiers.ts';
import { timestamp } from './timestamp.ts';
import { wholeNumber } from './whole-number.ts';

export const LIST_LIMIT_MAX = 1_000;
export const LIST_LIMIT_DEFAULT = 100;
/** Further in than this, narrow the window with `from` or follow `Link`: an offset is paid for row by row. */
export const LIST_OFFSET_MAX = 100_000;
/** A cursor holds a place, and the longest place is that of an appointment id of 200 characters, escaped. */
export const CURSOR_LENGTH_MAX = 2_048;
/** Far beyond any org's; keeps a sequence an exact number. */
export const SEQUENCE_MAX = 999_999_999_999;
/** The longest window whose free intervals one query asks for. */
export const AVAILABILITY_DAYS_MAX = 366;
/** A year of minutes: no appointment that is asked for is longer. */
export const DURATION_MINUTES_MAX = 525_600;
/** The longest wait in seconds; a longer one asked for is cut to it, never refused (RFC 7240 prefers, it does not demand). */
export const WAIT_SECONDS_MAX = 30;

const DAY_MS = 86_400_000;

const org = { orgId: orgIdOrOwn };

const at = timestamp.optional().meta({
  description: 'As the service knew it at that instant, by recording time. A later one than now is now.',
});

const minSequence = wholeNumber({ min: 0, max: SEQUENCE_MAX }).optional().meta({
  description:
    'Answer from a state that has the org’s change of this sequence, or with 409 when there is none yet.',
});

const limit = wholeNumber({ min: 1, max: LIST_LIMIT_MAX }).default(LIST_LIMIT_DEFAULT);

const cursor = z.string().min(1).max(CURSOR_LENGTH_MAX).optional().meta({
  description:
    'The place to go on from, as `Link: <…>; rel="next"` gave it. Belongs to the rest of the query.',
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
    ...refuse('contradiction', 'Give orgId or org, not two different ones.'),
    path: ['org'],
  })
  .refine(isForward, BACKWARD)
  .refine(({ offset, cursor: place }) => offset === undefined || place === undefined, {
    ...refuse('contradiction', 'Give cursor or offset, not both.'),
    path: ['offset'],
  })
  .transform(({ org: alias, orgId: id, ...rest }) => ({ orgId: id ?? alias ?? DEFAULT_NAME, ...rest }));

/** The query of `GET /api/appointments/{id}`. */
export const itemQuery = z.strictObject({ ...org, at, minSequence });

/** The query of `GET /api/appointments/{id}/history`. */
export const historyQuery = z.strictObject({ ...org, limit, cursor, minSequence });

/** The query of `GET /api/requests/{id}`. */
export const requestQuery = z.strictObject({ wait });

/** The query of `GET /api/requests`. What is queued has no outcome yet. */
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
    ...refuse('contradiction', 'What is queued has no outcome yet.'),
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

/** A stream that is only about what its path names. */
export const noQuery = z.strictObject({});

/** The header that a client of a change stream sends when it comes back. It wins over `after`. */
export const lastSequence = wholeNumber({ min: 0, max: SEQUENCE_MAX });

/** The header that a client of a request's stream sends when it comes back. */
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
      .meta({ description: 'Only intervals that are at least so long. Default: any.' }),
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
