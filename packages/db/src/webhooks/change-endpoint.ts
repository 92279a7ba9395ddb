// Endpoints change and go.

import type { Instant } from '@slotline/core';

import type { Database } from '../database.ts';
import type { EndpointName, EndpointRecord } from './endpoint-record.ts';

export interface EndpointChange extends EndpointName {
  readonly url?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly isEnabled?: boolean | undefined;
}

export async function changeEndpoint(
  _db: Database,
  _change: EndpointChange,
): Promise<EndpointRecord | undefined> {
  throw new TypeError('not built yet');
}

export async function rotateSecret(
  _db: Database,
  _options: EndpointName & { sealedSecret: string; previousUntil: Instant },
): Promise<EndpointRecord | undefined> {
  throw new TypeError('not built yet');
}

export async function deleteEndpoint(_db: Database, _name: EndpointName): Promise<boolean> {
  throw new TypeError('not built yet');
}
