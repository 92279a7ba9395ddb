// Cursors: the position after which a list continues, in a text that is opaque to clients. A cursor holds no
// secret and grants no access; it is bound to its list's query, because a position is meaningless in another
// order.

import { createHash } from 'node:crypto';
import { toInstant } from '@slotline/core';
import { z } from 'zod';
import { ProblemError } from './problem-error.ts';

/** A list and the parameters of its query that decide its content and order. */
export interface CursorScope {
  readonly list: string;
  readonly query: Readonly<Record<string, unknown>>;
}

/** Twelve characters: another query matches by accident once in 2^72 tries. */
const DIGEST_LENGTH = 12;
/** These set the page size and the required freshness, not the content. */
const FREE_MEMBERS = new Set(['limit', 'offset', 'cursor', 'minSequence']);

/** An instant as part of a position. */
export const placeInstant = z.number().transform((ms, context) => {
  const at = toInstant(ms);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom' });
  return z.NEVER;
});

/** The cursor of a position; the position consists of JSON values. */
export function writeCursor(scope: CursorScope, place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([digestOf(scope), ...place])).toString('base64url');
}

/**
 * The position of a cursor of the same list and query. Throws the `invalid-cursor` problem for anything else.
 */
export function readCursor<S extends z.ZodType>(scope: CursorScope, cursor: string, place: S): z.output<S> {
  const [digest, ...rest] = decode(cursor);
  if (digest !== digestOf(scope)) {
    throw invalid('The cursor belongs to another query. Take the whole URL of the Link header.');
  }
  const parsed = place.safeParse(rest);
  if (!parsed.success) throw invalid('The cursor is damaged. Take the whole URL of the Link header.');
  return parsed.data;
}

function decode(cursor: string): unknown[] {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  try {
    const decoded: unknown = JSON.parse(text);
    return Array.isArray(decoded) ? decoded : [];
  } catch {
    return [];
  }
}

function digestOf({ list, query }: CursorScope): string {
  const members = Object.entries(query)
    .filter(([name, value]) => value !== undefined && !FREE_MEMBERS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([list, members]);
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_LENGTH);
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid-cursor', {
    errors: [{ pointer: '/cursor', code: 'invalid-cursor', detail }],
  });
}
