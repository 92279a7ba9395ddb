// Reads of endpoints.

import type { Database } from '../database.ts';
import type { EndpointName, EndpointRecord } from './endpoint-record.ts';

/** The org's endpoints, oldest first, the built-in one for callbacks included once it exists. */
export async function listEndpoints(_db: Database, _orgId: string): Promise<readonly EndpointRecord[]> {
  throw new TypeError('not built yet');
}

/** `undefined` when the org has no such endpoint, or no longer. */
export async function findEndpoint(_db: Database, _name: EndpointName): Promise<EndpointRecord | undefined> {
  throw new TypeError('not built yet');
}
