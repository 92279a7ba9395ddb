// From outbox rows to deliveries: who named a `callbackUrl` with a request.

import type { Database } from '../database.ts';
import type { DecidedFact, NewDelivery } from './delivery-record.ts';
import type { FanOutStep } from './fan-out-endpoints.ts';

export interface CallbacksFanOut {
  readonly limit: number;
  /** Pure. The delivery's endpoint is `callbacksEndpointIdOf(fact.request.orgId)`. */
  readonly toDelivery: (fact: DecidedFact, url: string) => NewDelivery;
  /** Called for each org that has no endpoint for its callbacks yet. */
  readonly sealedSecret: () => string;
}

export async function fanOutCallbacks(_db: Database, _options: CallbacksFanOut): Promise<FanOutStep> {
  throw new TypeError('not built yet');
}
