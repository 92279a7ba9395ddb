// From decisions to deliveries, for the endpoints that orgs registered.

import type { Database } from '../database.ts';
import type { DecidedFact, NewDelivery } from './delivery-record.ts';
import type { EndpointRecord } from './endpoint-record.ts';

export interface EndpointsFanOut {
  readonly endpointsMax: number;
  /** For each endpoint in one step. */
  readonly decisionsMax: number;
  /** Pure. What it gives of a type that the endpoint did not ask for is left out here. */
  readonly toDeliveries: (endpoint: EndpointRecord, fact: DecidedFact) => readonly NewDelivery[];
}

/** `isMore`: there was more to do than one step does. */
export interface FanOutStep {
  readonly created: number;
  readonly isMore: boolean;
}

export async function fanOutEndpoints(_db: Database, _options: EndpointsFanOut): Promise<FanOutStep> {
  throw new TypeError('not built yet');
}
