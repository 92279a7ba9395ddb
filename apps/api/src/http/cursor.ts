// Cursors: the place after which a list goes on, in a text that is opaque to clients. A cursor names no secret
// and grants nothing; it is bound to its list's query, because a place in one order means nothing in another.

import { createHash } from 'node:crypto';
import { toInstant } from '@slotline/core';
import { z } from 'zod';
import { ProblemError } from './problem-error.ts';

/** A list and whatever of its query decides what is in it and in which order. */
export interface CursorScope {
  readonly list: string;
  readonly query: Readonly<Record<string, unknown>>;
}

/** Twelve characters: another query is recognised by accident once in 2^72 tries. */
const DIGEST_LENGTH = 12;
/** These say how much to show and from how fresh a state, not what. */
const FREE_MEMBERS = new Set(['limit', 'offset', 'cursor', 'minSequence']);

/** An instant as part of a place. */
export const placeInstant = z.number().transform((ms, context) => {
  const at = toInstant(ms);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom' });
  return z.NEVER;
});

/** The cursor of a place; the place is made of JSON values. */
export function writeCursor(scope: CursorScope, place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([digestOf(scope), ...place])).toString('base64url');
}

/** The place of a cursor of the same list and query. Throws the `invalid-cursor` problem for anything else. */
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
