// One request on its way through a deciding transaction: as it was asked, then with its surrogate keys.

import type { Instant, Operation, Request } from '@slotline/core';
import type pg from 'pg';

import type { AcceptedRequest } from '../records.ts';
import { nameOf, type SurrogateKeys } from './surrogate-keys.ts';

export interface AskedRequest {
  readonly orgId: string;
  readonly requestId: string;
  readonly appointmentId: string;
  readonly operation: Operation | 'unknown';
  readonly acceptedAt: Instant;
  readonly fingerprint: string | null;
  readonly callbackUrl: string | null;
  /** What a quarantined entry held. */
  readonly raw: string | null;
  /** Absent when the entry is to be quarantined. */
  readonly request?: Request;
}

export interface Entry extends AskedRequest {
  readonly orgKey: number;
  /** Of the resource that a `book` asks for. */
  readonly resourceKey?: number;
}

export function toAsked(orgId: string, request: AcceptedRequest): AskedRequest {
  const { requestId, appointmentId, operation, acceptedAt, fingerprint = null, callbackUrl = null } = request;
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
  const keyed = asked.map((one) => ({ ...one, orgKey: known(orgKeys, one.orgId) }));
  const resourceKeys = await keys.ofResources(client, keyed.flatMap(toResourceName));
  return keyed.map((one) => {
    const [resource] = toResourceName(one);
    return resource === undefined ? one : { ...one, resourceKey: known(resourceKeys, nameOf(resource)) };
  });
}

/** Identifies a request over all orgs of a group. */
export function identityOf({ orgKey, requestId }: { orgKey: number; requestId: string }): string {
  return `${orgKey} ${requestId}`;
}

function toResourceName({ orgKey, request }: Entry) {
  return request?.operation === 'book' ? [{ orgKey, resourceId: request.resourceId }] : [];
}

function known(keys: ReadonlyMap<string, number>, name: string): number {
  const key = keys.get(name);
  if (key === undefined) throw new TypeError(`no surrogate key was made for "${name}"`);
  return key;
}
