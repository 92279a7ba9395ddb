// Refuses, before any transaction, what PostgreSQL could not store or would not give back as it was. The
// API validates far more; this keeps one bad entry of a mailbox from failing its whole group unnamed.

import { wishesOf } from '@slotline/core';

import { TerminalError } from '../failure.ts';
import { isRequestId } from '../request-ids.ts';
import { countWishes, type AskedRequest } from './entry.ts';

/**
 * The most requests that one transaction decides, each wish of a batch counted as one. Larger groups gain nothing
 * and hold their locks for longer.
 */
export const GROUP_REQUESTS_MAX = 1_000;

/** Throws a {@link TerminalError} that names the first request that can never be stored. */
export function checkRequests(asked: readonly AskedRequest[]): void {
  for (const one of asked) {
    const fault = faultOf(one);
    if (fault === undefined) continue;
    throw new TerminalError(`request "${one.requestId}" of org "${one.orgId}" ${fault}`, {
      meaning: 'refused',
    });
  }
}

/** Cuts the requests, in their order, into parts of up to so many wishes; a larger request is a part by itself. */
export function cutRequests<T extends AskedRequest>(asked: readonly T[], wishesMax: number): readonly T[][] {
  const parts: T[][] = [];
  let room = 0;
  for (const one of asked) {
    const wishes = countWishes(one);
    const part = parts.at(-1);
    if (part === undefined || wishes > room) {
      parts.push([one]);
      room = wishesMax - wishes;
    } else {
      part.push(one);
      room -= wishes;
    }
  }
  return parts;
}

function faultOf(asked: AskedRequest): string | undefined {
  if (!isRequestId(asked.requestId)) return 'has no canonical UUID for an id';
  if (asked.orgId === '') return 'has no org';
  const texts = [asked.orgId, asked.appointmentId, asked.fingerprint, asked.callbackUrl];
  const wishes = asked.request === undefined ? [] : wishesOf(asked.request);
  const ofWishes = wishes.flatMap((wish) =>
    wish.operation === 'book' ? [wish.appointmentId, wish.resourceId, wish.metadata] : [wish.appointmentId],
  );
  return texts.every(isStorable) && ofWishes.every(isStorable)
    ? undefined
    : 'holds text that cannot be stored (U+0000 or half a character)';
}

function isStorable(text: string | null): boolean {
  return text === null || (!text.includes('\0') && text.isWellFormed());
}
