// JSON of clients as values that are safe to copy, merge and look up in. Members that JavaScript could take for an
// object's prototype are refused at any depth, in metadata too; nobody means them. Asking for them costs 0.1 µs a
// booking: secure-json-parse looks through the values only where the text has such a name.

import secureJson from 'secure-json-parse';
import { ProblemError } from './problem-error.ts';

/** So many are named; a body of nothing else would make an answer as large as itself. */
const NAMED_MAX = 10;
/** Nor are long ones: a place can lie as deep, and have names as long, as a body. */
const POINTER_LENGTH_MAX = 256;

/**
 * The value. Throws a `ProblemError`: `malformed-json`, or `invalid-request` that names each such member by its place
 * below `at`. Of members with one name the last one counts; a byte order mark is skipped (RFC 8259, 4 and 8.1).
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
    detail: 'Must not be there: such a member could be taken for the prototype of an object.',
  }));
  return new ProblemError('invalid-request', { errors });
}

// Only the position: V8's message quotes the body, and problem documents do not echo input.
function positionIn(message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? '' : ` at position ${position}`;
}

/** Pointers (RFC 6901) to forbidden members, the outermost first; to the whole when they all lie too deep to name. */
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
