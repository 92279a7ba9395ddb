// Processes the turn of a group: posts its due deliveries, several at once. When the breaker opens during a
// turn, the rest of the batch is postponed by one statement and the turn ends.

import type { BuriedItem, WorkBatch } from '@slotline/queue';
import { attemptDelivery, StoppingError, type AttemptEnd, type AttemptTools } from './attempt-delivery.ts';
import { ENDPOINT_PARALLEL_MAX } from './limits.ts';
import type { PutOff } from './put-off.ts';
import type { Receivers } from './receivers.ts';
import type { WakeUp } from './wake-up.ts';

/** The result of a wake-up that Redis remembers for `WAKE_REMEMBERED_MS`. */
export type WakeUpEnd = AttemptEnd['kind'] | 'buried';

export interface TurnTools extends AttemptTools {
  readonly receivers: Receivers;
  readonly putOff: PutOff;
  readonly isStopping: () => boolean;
}

/**
 * Resolves when each delivery is attempted and recorded, or postponed. Throws when a store is unavailable or
 * the deliverer closes. The batch is then processed again; deliveries already attempted are detected by their
 * count.
 */
export async function workDeliveries(
  batch: WorkBatch<WakeUp>,
  tools: TurnTools,
): Promise<readonly WakeUpEnd[]> {
  const turn = tools.receivers.beginTurn(batch.orgId);
  if (turn.kind === 'wait') {
    await tools.putOff.behind(turn.wait, idsOf(batch));
    return batch.items.map(() => 'deferred');
  }
  try {
    return await work(batch, tools);
  } finally {
    turn.end();
  }
}

async function work(batch: WorkBatch<WakeUp>, tools: TurnTools): Promise<readonly WakeUpEnd[]> {
  const ends = await inParallel(batch.items, ENDPOINT_PARALLEL_MAX, ({ payload }) => {
    if (tools.isStopping()) throw new StoppingError('closing');
    return attemptDelivery({ wakeUp: payload, group: batch.orgId }, tools);
  });
  await putOffDeferred(idsOf(batch), ends, tools);
  return ends.map(({ kind }) => kind);
}

function idsOf({ items }: WorkBatch<WakeUp>): readonly string[] {
  return items.map(({ payload }) => payload.deliveryId);
}

async function putOffDeferred(
  deliveryIds: readonly string[],
  ends: readonly AttemptEnd[],
  { putOff }: Pick<TurnTools, 'putOff'>,
): Promise<void> {
  const waits = ends.flatMap((end, at) => (end.kind === 'deferred' ? [{ at, ...end.wait }] : []));
  const byKey = Map.groupBy(waits, ({ key }) => key);
  const behind = (some: typeof waits) => {
    const longest = some.reduce((one, other) => (other.notBeforeMs > one.notBeforeMs ? other : one));
    return putOff.behind(
      longest,
      some.map(({ at }) => deliveryIds[at]).filter((id) => id !== undefined),
    );
  };
  await Promise.all([...byKey.values()].map(behind));
}

/** Drops a wake-up that cannot be processed. Its delivery becomes due again when its lease expires. */
export function buryWakeUp({ logger }: Pick<AttemptTools, 'logger'>, item: BuriedItem): WakeUpEnd {
  logger.error({ id: item.id, group: item.orgId, err: item.cause }, 'a wake-up could not be processed');
  return 'buried';
}

/**
 * Resolves with one result per item, in order. After a failure no further item starts. The items in flight
 * finish before the first failure is thrown, so no work continues after the promise settles.
 */
export async function inParallel<T, R>(
  things: readonly T[],
  max: number,
  work: (thing: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < things.length && failures.length === 0; at = next++) {
      const thing = things[at] as T;
      try {
        results[at] = await work(thing);
      } catch (cause) {
        failures.push(cause);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, things.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
