// A request in a deciding transaction: as received (`AskedRequest`), then with its surrogate keys (`Entry`).

import { wishesOf, type Book, type Instant, type Operation, type Request } from '@slotline/core';
import type pg from 'pg';

import type { AcceptedRequest } from '../records/records.ts';
import { nameOf, type SurrogateKeys } from './surrogate-keys.ts';

export interface AskedRequest {
  readonly orgId: string;
  readonly requestId: string;
  /** `''` for a batch: its wishes name their appointments. */
  readonly appointmentId: string;
  readonly operation: Operation | 'unknown';
  readonly acceptedAt: Instant;
  readonly fingerprint: string | null;
  readonly callbackUrl: string | null;
  /** The text of a quarantined entry. */
  readonly raw: string | null;
  /** Why it is quarantined, for operators. */
  readonly cause?: string;
  /** Absent if the entry is to be quarantined. */
  readonly request?: Request;
}

/** A book with the key of its resource. */
interface KeyedBook {
  readonly book: Book;
  readonly resourceKey: number;
}

export interface Entry extends AskedRequest {
  readonly orgKey: number;
  /** The books of the request: itself, or those among its wishes. */
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

/** Adds the surrogate keys of the requests and creates missing keys. Must not be called inside a transaction. */
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

/** Identifies a request across all orgs of a group. */
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
  if (key === undefined) throw new TypeError(`no surrogate key exists for "${name}"`);
  return key;
}
