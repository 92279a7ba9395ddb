// The request resource, returned by `GET /api/requests/{id}` and every 202.

import { CONFLICTS_NAMED_MAX, OUTCOME_BYTES_MAX } from '@slotline/core';
import { z } from 'zod';
import { problem } from './problem.ts';
import { requestId } from './identifiers.ts';
import { timestampOut } from './timestamp.ts';

const blocker = z
  .object({ id: z.string(), start: timestampOut, end: timestampOut, version: z.int() })
  .meta({ id: 'Blocker' });

const interval = z.object({ start: timestampOut, end: timestampOut });

const alternatives = z
  .object({
    before: interval.optional().meta({ description: 'The last one that starts before the requested start.' }),
    after: interval.optional().meta({ description: 'The first one that starts after the requested start.' }),
  })
  .meta({
    id: 'Alternatives',
    description:
      'The nearest free intervals of the same length on the same resource when the request was decided. They are not reserved.',
  });

const conflictsWith = z.array(blocker).meta({
  description: `The first conflicting appointments, by start. An outcome has at most ${OUTCOME_BYTES_MAX} bytes; in a large refused batch this list is empty for the items that do not fit.`,
});

const moreConflicts = z
  .int()
  .optional()
  .meta({
    description: `How many of the first ${CONFLICTS_NAMED_MAX} conflicting appointments are not listed. Absent when all of those are listed.`,
  });

const version = z.int().optional().meta({ description: 'The version created, or the current version.' });

const ITEM_KINDS = [
  'created',
  'updated',
  'cancelled',
  'confirmed',
  'ignored-stale',
  'conflict',
  'not-found',
  'not-held',
] as const;

const itemOutcome = z
  .object({
    appointmentId: z.string().meta({ description: 'The `id` of the item.' }),
    kind: z.enum([...ITEM_KINDS, 'not-applied']).meta({
      description: '`not-applied`: would have been granted without the other items.',
    }),
    version,
    conflictsWith: conflictsWith.optional(),
    moreConflicts,
    detail: z.string().optional(),
  })
  .meta({ id: 'ItemOutcome' });

const outcome = z
  .object({
    kind: z.enum([...ITEM_KINDS, 'expired', 'applied', 'refused', 'quarantined']),
    version,
    conflictsWith: conflictsWith.optional(),
    moreConflicts,
    alternatives: alternatives.optional(),
    items: z.array(itemOutcome).optional().meta({
      description: 'For an atomic batch: one outcome per item, in the order sent.',
    }),
    detail: z.string().optional(),
    isShortened: z.literal(true).optional().meta({
      description:
        'Only in the response to a batch whose outcomes are larger than 1 MB in total: this outcome is cut to its `kind` and `version`. Read the whole outcome at `links.self`.',
    }),
  })
  .meta({ id: 'Outcome' });

export const requestResource = z
  .object({
    requestId,
    orgId: z.string(),
    appointmentId: z.string().optional().meta({ description: 'Absent for an atomic batch.' }),
    operation: z.enum(['book', 'cancel', 'confirm', 'expire', 'batch', 'unknown']).meta({
      description:
        '`expire` is created by the service when a hold is due; `unknown` is an entry that could not be read.',
    }),
    status: z.enum(['queued', 'completed', 'failed']),
    outcome: outcome.optional().meta({ description: 'Present once decided; never changes.' }),
    place: z
      .int()
      .optional()
      .meta({ description: 'The position in the org’s queue; 1 is next. Only while queued.' }),
    etaMs: z
      .int()
      .optional()
      .meta({ description: 'Estimated milliseconds until the decision; not guaranteed. Only while queued.' }),
    acceptedAt: timestampOut,
    decidedAt: timestampOut.optional(),
    links: z.object({ self: z.string(), appointment: z.string().optional() }),
  })
  .meta({ id: 'Request' });

/** The problem of a request that was refused while the client waited. */
export const refusedProblem = problem.extend({ request: requestResource }).meta({ id: 'RefusedProblem' });

/** The problem of a booking that was refused while the client waited, with its conflicts. */
export const conflictProblem = refusedProblem
  .extend({ conflictsWith, moreConflicts, alternatives: alternatives.optional() })
  .meta({ id: 'ConflictProblem' });

/** A refused item whose errors do not fit into the response. */
const shortProblem = z
  .object({
    status: z.int(),
    moreErrors: z.int().meta({ description: 'How many errors are not listed; at least 1.' }),
  })
  .meta({
    id: 'ShortProblem',
    description:
      'A refused item whose errors do not fit into the response. Send the item again, with fewer others, to see them.',
  });

const itemProblem = z.union([problem, shortProblem]);

/** One entry per item, in order: the request resource, or why the item was refused. */
export const batchAnswer = z.array(z.union([requestResource, itemProblem])).meta({ id: 'BatchAnswer' });

/** The problem of a batch without an accepted item. */
export const batchProblem = problem
  .extend({
    items: z.array(itemProblem).optional().meta({
      description: 'For `every-item-refused`: why each item was refused, in order.',
    }),
  })
  .meta({ id: 'BatchProblem' });

export type ShortProblem = z.output<typeof shortProblem>;
export type RequestResource = z.output<typeof requestResource>;
export type OutcomeResource = z.output<typeof outcome>;
export type ItemOutcomeResource = z.output<typeof itemOutcome>;
