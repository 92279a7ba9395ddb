// The allow-list of log fields. A field that is not listed is left out and its name is logged, so that a line contains
// no bodies, no headers and no URLs with secrets.

import { describeError, isError } from './describe-error.ts';
import { scrubText } from './scrub-text.ts';

/** Names and numbers of ours, ids of orgs and requests. Before you add one: can a client or an operator put a secret in it? */
const LOGGED_FIELDS: ReadonlySet<string> = new Set([
  'action',
  'address',
  'adminAddress',
  'alarm',
  'app',
  'attempt',
  'cause',
  'code',
  'connection',
  'count',
  'deliveryId',
  'durability',
  'endpointId',
  'err',
  'error',
  'forMs',
  'group',
  'id',
  'ip',
  'isClean',
  'isYielded',
  'items',
  'keyId',
  'leaseId',
  'leases',
  'loop',
  'orgId',
  'orgIds',
  'orgs',
  'partition',
  'partitions',
  'reason',
  'requestId',
  'result',
  'retriedAs',
  'scopes',
  'status',
  'step',
  'tookMs',
  'traceId',
  'weight',
  'who',
]);

/** Parts of `alarm` and `durability`; deeper there is nothing. */
const DEPTH_MAX = 3;
const LIST_LOGGED_MAX = 20;

/** The fields that may be logged, errors described, texts scrubbed; `dropped` names the others. */
export function allowedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const allowed: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (LOGGED_FIELDS.has(name)) allowed[name] = name === 'err' ? describeGiven(value) : describe(value);
    else dropped.push(scrubText(name));
  }
  return dropped.length === 0 ? allowed : { ...allowed, dropped: dropped.slice(0, LIST_LOGGED_MAX) };
}

// An absent error stays absent.
function describeGiven(error: unknown): unknown {
  return error === undefined ? undefined : describeError(error);
}

function describe(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if (isError(value)) return describeError(value);
  if (depth === DEPTH_MAX) return '…';
  if (Array.isArray(value)) return value.slice(0, LIST_LOGGED_MAX).map((item) => describe(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, describe(part, depth + 1)]));
}
