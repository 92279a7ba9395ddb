// What a turn of a group does: its due deliveries, several posts at once. A group whose receiver hangs has its turn
// back as soon as the breaker opens; the rest of the batch is put off by one statement.

import { deferDeliveries } from '@slotline/db';
import type { BuriedItem, WorkBatch } from '@slotline/queue';
import { attemptDelivery, StoppingError, type AttemptEnd, type AttemptTools } from './attempt-delivery.ts';
import { inParallel } from './in-parallel.ts';
import { ENDPOINT_PARALLEL_MAX } from './limits.ts';
import type { WakeUp } from './wake-up.ts';

/** What Redis keeps of a wake-up for a moment after it was taken. */
export type WakeUpEnd = AttemptEnd['kind'] | 'buried';

/**
 * Resolves when each delivery is attempted and noted, or put off. Throws when a store is away or the deliverer
 * closes: then the batch comes again, and what is done of it is recognised by its number of attempts.
 */
export async function workDeliveries(
  { orgId: group, items }: WorkBatch<WakeUp>,
  tools: AttemptTools & { readonly isStopping: () => boolean },
): Promise<readonly WakeUpEnd[]> {
  const ends = await inParallel(items, ENDPOINT_PARALLEL_MAX, ({ payload }) => {
    if (tools.isStopping()) throw new StoppingError('closing');
    return attemptDelivery({ wakeUp: payload, group }, tools);
  });
  await putOff(
    items.map(({ payload }) => payload.deliveryId),
    ends,
    tools,
  );
  return ends.map(({ kind }) => kind);
}

async function putOff(
  deliveryIds: readonly string[],
  ends: readonly AttemptEnd[],
  { db, metrics }: AttemptTools,
): Promise<void> {
  const deferred = deliveryIds.filter((_, at) => ends[at]?.kind === 'deferred');
  if (deferred.length === 0) return;
  const delayMs = Math.max(...ends.map((end) => (end.kind === 'deferred' ? end.delayMs : 0)));
  await deferDeliveries(db, { deliveryIds: deferred, delayMs: Math.ceil(delayMs) });
  metrics.deferred.inc(deferred.length);
}

/** A wake-up that cannot be worked is let go: its delivery is due again when its lease is over. */
export function buryWakeUp({ logger }: Pick<AttemptTools, 'logger'>, item: BuriedItem): WakeUpEnd {
  logger.error({ id: item.id, group: item.orgId, err: item.cause }, 'a wake-up could not be worked');
  return 'buried';
}
