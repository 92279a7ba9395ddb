// The arguments of `slotline keys create`, validated by the same schema as the API's request body.

import { newKey, parseWith, type NewKey } from '@slotline/contract';
import { parseInstant } from '@slotline/core';
import { CliError } from '../cli-error.ts';

export interface CreateOptions {
  readonly org?: string;
  readonly operator?: true;
  readonly scopes?: string;
  readonly name?: string;
  readonly expires?: string;
  readonly json?: true;
}

const DAY_MS = 86_400_000;
const LIFETIME = /^([1-9]\d{0,4})d$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Throws a `CliError` that says how to correct the arguments. */
export function readNewKey(options: CreateOptions, now: number): NewKey {
  const { org, operator, scopes, name, expires } = options;
  if ((org === undefined) === (operator === undefined)) {
    throw new CliError('The owner of the key is missing or ambiguous. Give either --org ORG or --operator.');
  }
  if (operator === true && scopes !== undefined) {
    throw new CliError('An operator’s key has all permissions: leave --scopes out.');
  }
  if (operator === undefined && scopes === undefined) {
    throw new CliError(
      'The scopes of the key are missing. Give --scopes, for example --scopes read,write (or webhooks).',
    );
  }
  const parsed = parseWith(newKey, {
    ...(org === undefined ? {} : { orgId: org }),
    ...(name === undefined ? {} : { name }),
    scopes: scopes?.split(',').map((scope) => scope.trim()) ?? ['admin'],
    ...(expires === undefined ? {} : { expiresAt: readEnd(expires, now) }),
  });
  if (parsed.kind === 'valid') return parsed.value;
  throw new CliError(parsed.errors.map(({ pointer, detail }) => `${nameOf(pointer)}: ${detail}`).join('\n'));
}

/** `90d` from now, a date (its start, UTC), or a time with an offset. */
function readEnd(text: string, now: number): string {
  const days = LIFETIME.exec(text)?.[1];
  const end =
    days === undefined ? parseInstant(DATE.test(text) ? `${text} 00:00` : text) : now + Number(days) * DAY_MS;
  if (end === undefined || end > Date.UTC(9999, 11, 31)) {
    throw new CliError('--expires: Give days, as in 90d, or a date, as in 2031-12-31.');
  }
  if (end <= now) throw new CliError('--expires: That is in the past, so the key would never work.');
  return new Date(end).toISOString();
}

function nameOf(pointer: string): string {
  const field = pointer.split('/')[1];
  return field === 'orgId' ? '--org' : `--${field}`;
}
