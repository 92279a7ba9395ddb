// What a turn of a group does: its due deliveries, several posts at once. A group whose receiver hangs has its turn
// back as soon as the breaker opens; the rest of the batch is put off by one statement.

import type { BuriedItem, WorkBatch } from '@slotline/queue';
import { attemptDelivery, StoppingError, type AttemptEnd, type AttemptTools } from './attempt-delivery.ts';
import { inParallel } from './in-parallel.ts';
import { ENDPOINT_PARALLEL_MAX } from './limits.ts';
import type { PutOff } from './put-off.ts';
import type { Receivers } from './receivers.ts';
import type { WakeUp } from './wake-up.ts';

/** What Redis keeps of a wake-up for a moment after it was taken. */
export type WakeUpEnd = AttemptEnd['kind'] | 'buried';

export interface TurnTools extends AttemptTools {
  readonly receivers: Receivers;
  readonly putOff: PutOff;
  readonly isStopping: () => boolean;
}

/**
 * Resolves when each delivery is attempted and noted, or put off. Throws when a store is away or the deliverer
 * closes: then the batch comes again, and what is done of it is recognised by its number of attempts.
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

/** A wake-up that cannot be worked is let go: its delivery is due again when its lease is over. */
export function buryWakeUp({ logger }: Pick<AttemptTools, 'logger'>, item: BuriedItem): WakeUpEnd {
  logger.error({ id: item.id, group: item.orgId, err: item.cause }, 'a wake-up could not be worked');
  return 'buried';
}
