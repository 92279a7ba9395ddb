// Postpones deliveries in the database. Calls are collected while a statement is running, so a thousand
// refused turns need only a few statements and leave the connections to the attempts.

import { deferDeliveries, type Database, type Deferral } from '@slotline/db';
import type { DeliverMetrics } from './deliver-metrics.ts';
import type { Spread } from './spread.ts';

/** Why deliveries wait, and when they become due. */
export interface Wait {
  /** Deliveries with the same key become due one after the other. */
  readonly key: string;
  readonly notBeforeMs: number;
  /** The interval between them, per delivery or per turn. */
  readonly eachMs: number;
  readonly per: 'delivery' | 'turn';
  /** No delivery is postponed for longer. Default: `SPREAD_MAX_MS`. */
  readonly maxMs?: number;
}

export interface PutOff {
  /** Postpones them until after those that were postponed earlier with the same key. */
  behind(wait: Wait, deliveryIds: readonly string[]): Promise<void>;
  for(delayMs: number, deliveryIds: readonly string[]): Promise<void>;
}

export interface PutOffOptions {
  readonly db: Database;
  readonly spread: Spread;
  readonly metrics: Pick<DeliverMetrics, 'deferred'>;
}

export function createPutOff({ db, spread, metrics }: PutOffOptions): PutOff {
  let gathered: Deferral[] = [];
  let next: Promise<void> | undefined;
  let underWay: Promise<void> = Promise.resolve();

  const write = async () => {
    const deferrals = gathered;
    gathered = [];
    next = undefined;
    await deferDeliveries(db, deferrals);
    metrics.deferred.inc(deferrals.length);
  };
  const putOff: PutOff = {
    behind: ({ key, per, ...wait }, deliveryIds) => {
      const count = per === 'turn' ? 1 : deliveryIds.length;
      return putOff.for(spread.putOff(key, { count, ...wait }), deliveryIds);
    },
    for: (delayMs, deliveryIds) => {
      gathered.push(...deliveryIds.map((deliveryId) => ({ deliveryId, delayMs: Math.ceil(delayMs) })));
      if (next === undefined) {
        next = underWay.then(write);
        underWay = next.catch(() => {});
      }
      return next;
    },
  };
  return putOff;
}
