// The request resource: what `GET /api/requests/{id}` and every 202 show.

import { CONFLICTS_NAMED_MAX, OUTCOME_BYTES_MAX } from '@slotline/core';
import { z } from 'zod';
import { problem } from './problem.ts';
import { requestId } from './identifiers.ts';
import { timestampOut } from './timestamp.ts';

export const blocker = z
  .object({ id: z.string(), start: timestampOut, end: timestampOut, version: z.int() })
  .meta({ id: 'Blocker' });

const interval = z.object({ start: timestampOut, end: timestampOut });

export const alternatives = z
  .object({
    before: interval.optional().meta({ description: 'The last one that starts earlier than asked.' }),
    after: interval.optional().meta({ description: 'The first one that starts later than asked.' }),
  })
  .meta({
    id: 'Alternatives',
    description:
      'The nearest free intervals of the same length on the same resource when it was decided. Nothing is kept free for anybody.',
  });

const conflictsWith = z.array(blocker).meta({
  description: `The first appointments in the way, by start. An outcome has at most ${OUTCOME_BYTES_MAX} bytes; of a refused batch, the items that there is no room for name none.`,
});

const moreConflicts = z
  .int()
  .optional()
  .meta({
    description: `How many more are in the way, of the first ${CONFLICTS_NAMED_MAX}. Absent when all of those are named.`,
  });

const version = z.int().optional().meta({ description: 'The version made, or the one that stands.' });

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

export const itemOutcome = z
  .object({
    appointmentId: z.string().meta({ description: 'The `id` that the item named.' }),
    kind: z.enum([...ITEM_KINDS, 'not-applied']).meta({
      description: '`not-applied`: would have been granted, but for the other items.',
    }),
    version,
    conflictsWith: conflictsWith.optional(),
    moreConflicts,
    detail: z.string().optional(),
  })
  .meta({ id: 'ItemOutcome' });

export const outcome = z
  .object({
    kind: z.enum([...ITEM_KINDS, 'expired', 'applied', 'refused', 'quarantined']),
    version,
    conflictsWith: conflictsWith.optional(),
    moreConflicts,
    alternatives: alternatives.optional(),
    items: z.array(itemOutcome).optional().meta({
      description: 'Of an atomic batch: one outcome an item, in the order of the items sent.',
    }),
    detail: z.string().optional(),
    isShortened: z.literal(true).optional().meta({
      description:
        'Only in the answer to a batch, when its outcomes are larger than 1 MB together: this one is cut to its `kind` and `version`. `links.self` of the request has all of it.',
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
        '`expire` is asked by the service itself, when a hold is due; `unknown` is an entry that could not be read.',
    }),
    status: z.enum(['queued', 'completed', 'failed']),
    outcome: outcome.optional().meta({ description: 'Once decided. It never changes.' }),
    place: z
      .int()
      .optional()
      .meta({ description: 'The place in the org’s line; 1 is next. Only while queued.' }),
    etaMs: z.int().optional().meta({ description: 'Measured, not promised. Only while queued.' }),
    acceptedAt: timestampOut,
    decidedAt: timestampOut.optional(),
    links: z.object({ self: z.string(), appointment: z.string().optional() }),
  })
  .meta({ id: 'Request' });

/** The problem of a request that was waited for and came to nothing. */
export const refusedProblem = problem.extend({ request: requestResource }).meta({ id: 'RefusedProblem' });

/** The problem of a booking that was waited for and refused: what stands in the way. */
export const conflictProblem = refusedProblem
  .extend({ conflictsWith, moreConflicts, alternatives: alternatives.optional() })
  .meta({ id: 'ConflictProblem' });

/** The problem of a refused item for whose reasons the answer has no room. */
export const shortProblem = z
  .object({
    status: z.int(),
    moreErrors: z.int().meta({ description: 'How many errors are not listed; at least 1.' }),
  })
  .meta({
    id: 'ShortProblem',
    description:
      'A refused item for whose reasons the answer has no room. Send the item again, with fewer others, to see them.',
  });

const itemProblem = z.union([problem, shortProblem]);

/** One entry an item, in order: the request resource, or why the item was refused. */
export const batchAnswer = z.array(z.union([requestResource, itemProblem])).meta({ id: 'BatchAnswer' });

/** The problem of a batch of which nothing was accepted. */
export const batchProblem = problem
  .extend({
    items: z.array(itemProblem).optional().meta({
      description: 'Of `every-item-refused`: why each item was refused, in order.',
    }),
  })
  .meta({ id: 'BatchProblem' });

export type ShortProblem = z.output<typeof shortProblem>;
export type RequestResource = z.output<typeof requestResource>;
export type OutcomeResource = z.output<typeof outcome>;
export type ItemOutcomeResource = z.output<typeof itemOutcome>;
