// Parses clients' JSON into values that are safe to copy, merge and look up in. Members that could act as an
// object's prototype are refused at any depth, including metadata. The check costs 0.1 µs a booking: secure-
// json-parse searches the values only if the text contains such a name.

import secureJson from 'secure-json-parse';
import { ProblemError } from './problem-error.ts';

/** Maximum number of members to list; otherwise the answer could be as large as the body. */
const NAMED_MAX = 10;
/** Longer pointers are not listed: depth and names are limited only by the body. */
const POINTER_LENGTH_MAX = 256;

/**
 * Returns the value. Throws a `ProblemError`: `malformed-json`, or `invalid-request` that lists the pointer
 * of each forbidden member below `at`. Of duplicate members the last one counts; a byte order mark is skipped
 * (RFC 8259, 4 and 8.1).
 */
export function parseJson(text: string, { what = 'body', at = '' } = {}): unknown {
  try {
    return secureJson.parse(text);
  } catch (cause) {
    const value = parseLeniently(text);
    if (value !== undefined) throw forbidden(listForbidden(value), at);
    const where = cause instanceof Error ? positionIn(cause.message) : '';
    throw new ProblemError('malformed-json', { detail: `The ${what} cannot be parsed as JSON${where}.` });
  }
}

function forbidden(places: readonly string[], at: string): ProblemError {
  const errors = places.map((place) => ({
    pointer: `${at}${place}`,
    code: 'forbidden-field',
    detail: 'This member name is not allowed: it could change the prototype of an object. Remove it.',
  }));
  return new ProblemError('invalid-request', { errors });
}

// Only the position: V8's message quotes the body, and problem documents do not echo input.
function positionIn(message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? '' : ` at position ${position}`;
}

/**
 * Pointers (RFC 6901) to forbidden members, outermost first; to the whole value when all pointers are too
 * long.
 */
function listForbidden(whole: unknown): string[] {
  const found: string[] = [];
  let level = [{ pointer: '', value: whole }];
  while (level.length > 0 && found.length < NAMED_MAX) {
    const next: typeof level = [];
    for (const { pointer, value } of level) {
      if (value === null || typeof value !== 'object') continue;
      for (const [name, member] of Object.entries(value)) {
        const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        if (place.length > POINTER_LENGTH_MAX) continue;
        if (isForbidden(name, member)) found.push(place);
        else next.push({ pointer: place, value: member as unknown });
      }
    }
    level = next;
  }
  return found.length === 0 ? [''] : found.slice(0, NAMED_MAX);
}

function isForbidden(name: string, member: unknown): boolean {
  if (name === '__proto__') return true;
  return (
    name === 'constructor' &&
    member !== null &&
    typeof member === 'object' &&
    Object.hasOwn(member, 'prototype')
  );
}

function parseLeniently(text: string): unknown {
  try {
    return secureJson.parse(text, { protoAction: 'ignore', constructorAction: 'ignore' });
  } catch {
    return undefined;
  }
}
