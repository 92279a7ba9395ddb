// Parses input that names an endpoint URL. The URL's text is checked together with all other fields, so that
// one answer names every bad field; host names are resolved and checked at delivery.

import { CALLBACK_URL_LENGTH_MAX, parseWith, type FieldError, type Parsed } from '@slotline/contract';
import { refuseUrl, type AddressPolicy } from '@slotline/webhook';
import type { z } from 'zod';
import { invalidRequest } from './parse-or-refuse.ts';

export interface AddressRule {
  /** The field that holds the URL; it may be absent. */
  readonly field: 'callbackUrl' | 'url';
  readonly policy: AddressPolicy;
}

/** The rule for the `callbackUrl` of a request. */
export function callbackRule({ webhooks }: { webhooks: { policy: AddressPolicy } }): AddressRule {
  return { field: 'callbackUrl', policy: webhooks.policy };
}

/** As `parseOrRefuse`, and refuses a URL that the service must not post to. */
export function parseAddressed<S extends z.ZodType>(
  schema: S,
  input: unknown,
  rule: AddressRule,
): z.output<S> {
  const judged = judgeAddress(parseWith(schema, input), input, rule);
  if (judged.kind === 'valid') return judged.value;
  throw invalidRequest(judged);
}

/** The result of parsing `input`, made invalid when its URL is refused. */
export function judgeAddress<T>(
  parsed: Parsed<T>,
  input: unknown,
  { field, policy }: AddressRule,
): Parsed<T> {
  const url = memberOf(input, field);
  const reason = url === undefined ? undefined : refuseUrl(url, policy);
  if (reason === undefined) return parsed;
  const refusal = addressRefused(field, reason);
  if (parsed.kind === 'valid') return { kind: 'invalid', errors: [refusal], moreErrors: 0 };
  // Text that is not a URL has been refused already.
  const isNamed = parsed.errors.some(({ pointer }) => pointer === refusal.pointer);
  return isNamed ? parsed : { ...parsed, errors: [...parsed.errors, refusal] };
}

export function addressRefused(field: AddressRule['field'], reason: string): FieldError {
  return { pointer: `/${field}`, code: 'address-refused', detail: `Cannot be posted to: ${reason}.` };
}

function memberOf(input: unknown, field: string): string | undefined {
  if (input === null || typeof input !== 'object') return undefined;
  const member = (input as Record<string, unknown>)[field];
  // A longer one is refused for its length alone.
  return typeof member === 'string' && member.length <= CALLBACK_URL_LENGTH_MAX ? member : undefined;
}
