// Refuses, before any transaction, values that PostgreSQL cannot store or return unchanged. The API validates far
// more; this check prevents one bad mailbox entry from failing its whole group without being identified.

import { wishesOf } from '@slotline/core';

import { TerminalError } from '../sql/failure.ts';
import { isRequestId } from '../records/request-ids.ts';
import { countWishes, type AskedRequest } from './entry.ts';

/**
 * The most requests that one transaction decides; each wish of a batch counts as one. Larger groups gain nothing
 * and hold their locks longer.
 */
export const GROUP_REQUESTS_MAX = 1_000;

/** Throws a {@link TerminalError} that names the first request that cannot be stored. */
export function checkRequests(asked: readonly AskedRequest[]): void {
  for (const one of asked) {
    const fault = faultOf(one);
    if (fault === undefined) continue;
    throw new TerminalError(`request "${one.requestId}" of org "${one.orgId}" ${fault}`, {
      meaning: 'refused',
    });
  }
}

/**
 * Splits the requests, in order, into parts of at most `wishesMax` wishes. A larger request is a part of its own.
 */
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
  if (!isRequestId(asked.requestId)) return 'has an id that is not a canonical UUID';
  if (asked.orgId === '') return 'has an empty org id';
  const texts = [asked.orgId, asked.appointmentId, asked.fingerprint, asked.callbackUrl];
  const wishes = asked.request === undefined ? [] : wishesOf(asked.request);
  const ofWishes = wishes.flatMap((wish) =>
    wish.operation === 'book' ? [wish.appointmentId, wish.resourceId, wish.metadata] : [wish.appointmentId],
  );
  return texts.every(isStorable) && ofWishes.every(isStorable)
    ? undefined
    : 'contains text that cannot be stored (U+0000 or a lone surrogate)';
}

function isStorable(text: string | null): boolean {
  return text === null || (!text.includes('\0') && text.isWellFormed());
}
