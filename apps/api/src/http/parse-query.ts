// Parses queries strictly: invalid UTF-8 is refused. Node's parser would replace it by U+FFFD, which could
// make two different parameters equal.

import { parse, type ParsedUrlQuery } from 'node:querystring';
import { NAMED_FIELD_LENGTH_MAX, toPointer, type FieldError } from '@slotline/contract';
import { ProblemError } from './problem-error.ts';

/** Several times the number that any route has. */
const PARAMETERS_MAX = 50;

/**
 * The parameters; a repeated one becomes a list, which every schema refuses. Throws the 400 problem that
 * names each parameter that is not percent-encoded UTF-8.
 */
export function parseQuery(text: string | null | undefined): ParsedUrlQuery {
  if (text === null || text === undefined || text === '') return parse('');
  const parts = text.split('&', PARAMETERS_MAX + 1);
  if (parts.length > PARAMETERS_MAX) throw tooMany();
  if (text.includes('%')) refuseUndecodable(parts);
  return parse(text);
}

function refuseUndecodable(parts: readonly string[]): void {
  const errors = parts.filter((part) => decode(part) === undefined).map(notDecodable);
  if (errors.length > 0) throw new ProblemError('invalid-request', { errors });
}

// Unencoded bytes cannot occur here: Node's server refuses them.
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function notDecodable(part: string): FieldError {
  const name = decode(part.split('=', 1)[0] ?? '');
  const isNamed = name !== undefined && name.length <= NAMED_FIELD_LENGTH_MAX;
  const what = isNamed ? 'Must be' : 'The name of a parameter, and its value, must be';
  return {
    pointer: isNamed ? toPointer([name]) : '',
    code: 'invalid-encoding',
    detail: `${what} UTF-8, percent-encoded.`,
  };
}

function tooMany(): ProblemError {
  const detail = `A query may have at most ${PARAMETERS_MAX} parameters.`;
  return new ProblemError('invalid-request', { errors: [{ pointer: '', code: 'too-many-fields', detail }] });
}
