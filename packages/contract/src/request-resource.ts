// The request resource: what `GET /api/requests/{id}` and every 202 show.

import { z } from 'zod';
import { problem } from './problem.ts';
import { requestId } from './identifiers.ts';
import { timestampOut } from './timestamp.ts';

export const blocker = z
  .object({ id: z.string(), start: timestampOut, end: timestampOut, version: z.int() })
  .meta({ id: 'Blocker' });

export const outcome = z
  .object({
    kind: z.enum([
      'created',
      'updated',
      'cancelled',
      'ignored-stale',
      'conflict',
      'not-found',
      'quarantined',
    ]),
    version: z.int().optional().meta({ description: 'The version made, or the one that stands.' }),
    conflictsWith: z.array(blocker).optional(),
    detail: z.string().optional(),
  })
  .meta({ id: 'Outcome' });

export const requestResource = z
  .object({
    requestId,
    orgId: z.string(),
    appointmentId: z.string(),
    operation: z.enum(['book', 'cancel']),
    status: z.enum(['queued', 'completed', 'failed']),
    outcome: outcome.optional().meta({ description: 'Once decided. It never changes.' }),
    place: z
      .int()
      .optional()
      .meta({ description: 'The place in the org’s line; 1 is next. Only while queued.' }),
    etaMs: z.int().optional().meta({ description: 'Measured, not promised. Only while queued.' }),
    acceptedAt: timestampOut,
    decidedAt: timestampOut.optional(),
    links: z.object({ self: z.string(), appointment: z.string() }),
  })
  .meta({ id: 'Request' });

/** The problem of a request that was waited for and came to nothing. */
export const refusedProblem = problem.extend({ request: requestResource }).meta({ id: 'RefusedProblem' });

/** The problem of a booking that was waited for and refused: what stands in the way. */
export const conflictProblem = refusedProblem
  .extend({ conflictsWith: z.array(blocker) })
  .meta({ id: 'ConflictProblem' });

/** One entry an item, in order: the request resource, or why the item was refused. */
export const batchAnswer = z.array(z.union([requestResource, problem])).meta({ id: 'BatchAnswer' });

export type RequestResource = z.output<typeof requestResource>;
export type OutcomeResource = z.output<typeof outcome>;
