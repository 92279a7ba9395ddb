// Turns decided requests into deliveries, a page at a time, for the endpoints of all orgs and for callbacks.
// It reads only committed rows, so it reports only what happened. Ids derive from the facts, so a repeated
// page adds nothing.

import {
  fanOutCallbacks,
  fanOutEndpoints,
  type Database,
  type DecidedFact,
  type NewDelivery,
} from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import { newSecret, sealSecret } from '@slotline/webhook';
import type { DeliverMetrics } from './deliver-metrics.ts';
import {
  FAN_OUT_CALLBACKS,
  FAN_OUT_CHARS,
  FAN_OUT_DECISIONS,
  FAN_OUT_DELIVERIES,
  FAN_OUT_ENDPOINTS,
} from './limits.ts';
import type { Page } from './start-loop.ts';
import { tellCallback, tellEndpoint } from './tell-fact.ts';

export interface FanOutTools {
  readonly db: Database;
  readonly secretsKey: Uint8Array | undefined;
  readonly metrics: Pick<DeliverMetrics, 'untellable'>;
  readonly logger: Logger;
  /** Called when deliveries were created; they are due at once. */
  readonly onCreated: () => void;
}

export async function fanOutToEndpoints(tools: FanOutTools): Promise<Page> {
  const { created, isMore } = await fanOutEndpoints(tools.db, {
    endpointsMax: FAN_OUT_ENDPOINTS,
    decisionsMax: FAN_OUT_DECISIONS,
    deliveriesMax: FAN_OUT_DELIVERIES,
    charsMax: FAN_OUT_CHARS,
    toDeliveries: (endpoint, fact) => tellOrReport(fact, tools, () => tellEndpoint(endpoint, fact)),
  });
  if (created > 0) tools.onCreated();
  return { isMore, isEmpty: created === 0 };
}

export async function fanOutToCallbacks(tools: FanOutTools): Promise<Page> {
  const { created, isMore } = await fanOutCallbacks(tools.db, {
    limit: FAN_OUT_CALLBACKS,
    versionsMax: FAN_OUT_DELIVERIES,
    charsMax: FAN_OUT_CHARS,
    toDelivery: (fact) => tellCallback(fact),
    sealedSecret: () => sealSecret(newSecret(), tools.secretsKey),
  });
  if (created > 0) tools.onCreated();
  return { isMore, isEmpty: created === 0 };
}

// A fact that cannot be serialised is skipped and logged; otherwise it would block all later facts
// indefinitely.
function tellOrReport(
  { request }: DecidedFact,
  { metrics, logger }: FanOutTools,
  tell: () => readonly NewDelivery[],
): readonly NewDelivery[] {
  try {
    return tell();
  } catch (cause) {
    metrics.untellable.inc();
    logger.error(
      { requestId: request.requestId, orgId: request.orgId, err: cause },
      'an event could not be built',
    );
    return [];
  }
}
