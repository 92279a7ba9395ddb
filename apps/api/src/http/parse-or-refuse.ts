// Parses requests and throws the 400 problem that names every bad field.

import { parseIdempotencyKey, parsePreferredWait, parseWith, type FieldErrors } from '@slotline/contract';
import type { Request } from 'express';
import type { z } from 'zod';
import { ProblemError } from './problem-error.ts';

export function parseOrRefuse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = parseWith(schema, input);
  if (parsed.kind === 'valid') return parsed.value;
  throw invalidRequest(parsed);
}

export function invalidRequest({ errors, moreErrors }: FieldErrors): ProblemError {
  return new ProblemError('invalid-request', { errors, moreErrors });
}

/** The parsed value of a header, `undefined` when it is missing or empty. */
export function parseHeaderOrRefuse<S extends z.ZodType>(
  schema: S,
  { req, name }: { req: Request; name: string },
): z.output<S> | undefined {
  const header = req.get(name);
  if (header === undefined || header === '') return undefined;
  const parsed = parseWith(schema, header);
  if (parsed.kind === 'valid') return parsed.value;
  const errors = parsed.errors.map((error) => ({ ...error, pointer: name }));
  throw new ProblemError('invalid-request', { errors });
}

/** The idempotency key, `undefined` when the client sent none. */
export function idempotencyKeyOf(req: Request): string | undefined {
  const header = req.get('idempotency-key');
  if (header === undefined) return undefined;
  const key = parseIdempotencyKey(header);
  if (key !== undefined) return key;
  throw new ProblemError('invalid-request', {
    errors: [
      {
        pointer: 'Idempotency-Key',
        code: 'invalid',
        detail: 'Must be 1–255 visible ASCII characters, quoted or bare.',
      },
    ],
  });
}

/** The seconds of `Prefer: wait=N`, `undefined` when the client does not want to wait. */
export function preferredWaitOf(req: Request): number | undefined {
  return parsePreferredWait(req.get('prefer'));
}
