// One request on its way through a deciding transaction: as it was asked, then with its surrogate keys.

import { wishesOf, type Book, type Instant, type Operation, type Request } from '@slotline/core';
import type pg from 'pg';

import type { AcceptedRequest } from '../records.ts';
import { nameOf, type SurrogateKeys } from './surrogate-keys.ts';

export interface AskedRequest {
  readonly orgId: string;
  readonly requestId: string;
  /** `''` of a batch: its wishes name theirs. */
  readonly appointmentId: string;
  readonly operation: Operation | 'unknown';
  readonly acceptedAt: Instant;
  readonly fingerprint: string | null;
  readonly callbackUrl: string | null;
  /** What a quarantined entry held. */
  readonly raw: string | null;
  /** Why it is quarantined, for operators. */
  readonly cause?: string;
  /** Absent when the entry is to be quarantined. */
  readonly request?: Request;
}

/** A book with the key of the resource it asks for. */
export interface KeyedBook {
  readonly book: Book;
  readonly resourceKey: number;
}

export interface Entry extends AskedRequest {
  readonly orgKey: number;
  /** The request itself, or those of its wishes, that are books. */
  readonly books: readonly KeyedBook[];
}

export function toAsked(orgId: string, request: AcceptedRequest): AskedRequest {
  const { requestId, operation, acceptedAt, fingerprint = null, callbackUrl = null } = request;
  const appointmentId = request.operation === 'batch' ? '' : request.appointmentId;
  return {
    ...{ orgId, requestId, appointmentId, operation, acceptedAt },
    ...{ fingerprint, callbackUrl, raw: null, request },
  };
}

/** Gives the requests their keys, made where they are missing. Not to be called inside a transaction. */
export async function toEntries(
  client: pg.ClientBase,
  keys: SurrogateKeys,
  asked: readonly AskedRequest[],
): Promise<readonly Entry[]> {
  const orgKeys = await keys.ofOrgs(
    client,
    asked.map(({ orgId }) => orgId),
  );
  const keyed = asked.map((one) => ({
    ...one,
    orgKey: known(orgKeys, one.orgId),
    asksFor: booksOf(one),
  }));
  const names = keyed.flatMap(({ orgKey, asksFor }) =>
    asksFor.map(({ resourceId }) => ({ orgKey, resourceId })),
  );
  const resourceKeys = await keys.ofResources(client, names);
  return keyed.map(({ asksFor, ...one }) => ({
    ...one,
    books: asksFor.map((book) => {
      const { resourceId } = book;
      return { book, resourceKey: known(resourceKeys, nameOf({ orgKey: one.orgKey, resourceId })) };
    }),
  }));
}

/** Identifies a request over all orgs of a group. */
export function identityOf({ orgKey, requestId }: { orgKey: number; requestId: string }): string {
  return `${orgKey} ${requestId}`;
}

/** How many appointments the request can change. */
export function countWishes({ request }: AskedRequest): number {
  return request === undefined ? 1 : wishesOf(request).length;
}

/** The ids of the appointments that the request names. */
export function appointmentIdsOf({ request, appointmentId }: AskedRequest): readonly string[] {
  return request?.operation === 'batch' ? request.wishes.map((wish) => wish.appointmentId) : [appointmentId];
}

function booksOf({ request }: AskedRequest): readonly Book[] {
  if (request === undefined) return [];
  return wishesOf(request).filter((wish) => wish.operation === 'book');
}

function known(keys: ReadonlyMap<string, number>, name: string): number {
  const key = keys.get(name);
  if (key === undefined) throw new TypeError(`no surrogate key was made for "${name}"`);
  return key;
}
