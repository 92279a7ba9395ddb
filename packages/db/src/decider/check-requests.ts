// Refuses, before any transaction, what PostgreSQL could not store or would not give back as it was. The
// API validates far more; this keeps one bad entry of a mailbox from failing its whole group unnamed.

import { TerminalError } from '../failure.ts';
import { isRequestId } from '../request-ids.ts';
import type { AskedRequest } from './entry.ts';

/** The most requests in one commit group. Larger groups gain nothing and hold their locks for longer. */
export const GROUP_REQUESTS_MAX = 1_000;

/** Throws a {@link TerminalError} that names the first request that can never be stored. */
export function checkRequests(asked: readonly AskedRequest[]): void {
  if (asked.length > GROUP_REQUESTS_MAX) {
    throw new RangeError(`a group has up to ${GROUP_REQUESTS_MAX} requests, got ${asked.length}`);
  }
  for (const one of asked) {
    const fault = faultOf(one);
    if (fault === undefined) continue;
    throw new TerminalError(`request "${one.requestId}" of org "${one.orgId}" ${fault}`, {
      meaning: 'refused',
    });
  }
}

function faultOf(asked: AskedRequest): string | undefined {
  if (!isRequestId(asked.requestId)) return 'has no canonical UUID for an id';
  if (asked.orgId === '') return 'has no org';
  const { request } = asked;
  const resourceId = request?.operation === 'book' ? request.resourceId : null;
  const metadata = request?.operation === 'book' ? request.metadata : null;
  const texts = [
    asked.orgId,
    asked.appointmentId,
    asked.fingerprint,
    asked.callbackUrl,
    resourceId,
    metadata,
  ];
  return texts.every(isStorable)
    ? undefined
    : 'holds text that cannot be stored (U+0000 or half a character)';
}

function isStorable(text: string | null): boolean {
  return text === null || (!text.includes('\0') && text.isWellFormed());
}
