// Endpoints come into being: registered by an org, or built in for its callbacks.

import type { Database } from '../database.ts';
import type { EndpointName, EndpointRecord } from './endpoint-record.ts';

/** How many endpoints an org may have: each multiplies what has to be told. */
export const ENDPOINTS_PER_ORG_MAX = 50;

export interface NewEndpoint extends EndpointName {
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly sealedSecret: string;
}

export async function createEndpoint(
  _db: Database,
  _endpoint: NewEndpoint,
): Promise<{ kind: 'created'; endpoint: EndpointRecord } | { kind: 'too-many' }> {
  throw new TypeError('not built yet');
}

export async function ensureCallbacksEndpoint(
  _db: Database,
  _options: { orgId: string; sealedSecret: string },
): Promise<EndpointRecord> {
  throw new TypeError('not built yet');
}
