// Problem documents (RFC 9457). One table maps every error code to its status and title. The code is the
// last part of `type`, and its meaning never changes.

import { z } from 'zod';

export const PROBLEM_TYPE_PREFIX = 'urn:slotline:problem:';

export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-request': { status: 400, title: 'Some fields are invalid' },
  'every-item-refused': { status: 400, title: 'Every item of the batch was refused' },
  'invalid-cursor': { status: 400, title: 'The cursor is not valid for this query' },
  unauthenticated: { status: 401, title: 'The request has no valid credentials' },
  'insufficient-scope': { status: 403, title: 'The credentials lack the required scope' },
  'foreign-page': { status: 403, title: 'The request comes from a page of another origin' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed for this endpoint' },
  'request-timeout': { status: 408, title: 'The request arrived too slowly' },
  conflict: { status: 409, title: 'The interval is taken' },
  'not-held': { status: 409, title: 'The appointment is not held and cannot be confirmed' },
  'batch-refused': { status: 409, title: 'The batch was refused as a whole' },
  'sequence-not-reached': { status: 409, title: 'The org has not reached minSequence yet' },
  'too-many-endpoints': { status: 409, title: 'The org has reached its limit of webhook endpoints' },
  'built-in-endpoint': { status: 409, title: 'The endpoint for callbacks is built in' },
  'endpoint-disabled': { status: 409, title: 'The webhook endpoint is disabled' },
  'not-retryable': { status: 409, title: 'The quarantined request cannot be retried' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported by this endpoint' },
  'misdirected-request': { status: 421, title: 'The request was not sent to this service directly' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used with a different body' },
  'mailbox-full': { status: 429, title: 'The org has too many undecided requests' },
  'rate-limited': { status: 429, title: 'The rate limit is exceeded' },
  'internal-error': { status: 500, title: 'Internal server error' },
  quarantined: { status: 500, title: 'The request could not be decided' },
  overloaded: { status: 503, title: 'The service is overloaded' },
  'too-many-streams': { status: 503, title: 'This process has reached its limit of open streams' },
  unavailable: { status: 503, title: 'The service is temporarily unavailable' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

const fieldError = z
  .object({
    pointer: z.string().meta({ description: 'RFC 6901 pointer into the body, or the parameter’s name.' }),
    code: z.string(),
    detail: z.string(),
  })
  .meta({ id: 'FieldError' });

export const problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'A stable code as a URN.', examples: ['urn:slotline:problem:conflict'] }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().meta({ description: 'The trace id of the HTTP request.' }),
    errors: z.array(fieldError).optional(),
    moreErrors: z.int().optional().meta({
      description: 'How many errors there are beyond those in `errors`. Absent when all are listed.',
    }),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problem>;
