// Enqueues wake-ups for due deliveries. Taking a delivery moves its due time by a lease in the same
// statement, so two processes never take the same one. If a wake-up is lost anywhere, its delivery becomes
// due again.

import {
  type DueDelivery,
  takeDueDeliveries,
  takeDueOfEach,
  type Database,
  type DuePage,
  type WalkPlace,
} from '@slotline/db';
import { QueueUnavailableError, type Acceptance, type OrgQueue } from '@slotline/queue';
import { groupOf } from './delivery-group.ts';
import {
  BREAKER_OPEN_MIN_MS,
  FULL_MAX_MS,
  FULL_MIN_MS,
  FULL_UNKNOWN_MS,
  WAKE_REMEMBERED_MS,
  WAKE_UNIT,
  DUE_EACH,
  DUE_PAGE,
  WAKE_LEASE_MS,
  WALK_VISITS_MAX,
} from './limits.ts';
import type { PutOff } from './put-off.ts';
import type { Receivers } from './receivers.ts';
import type { Page } from './start-loop.ts';
import type { WakeUpEnd } from './work-deliveries.ts';
import { wakeUpId, type WakeUp } from './wake-up.ts';

export interface WakeTools {
  readonly takeDue: TakeDue;
  readonly queue: Pick<OrgQueue<WakeUp, WakeUpEnd>, 'accept'>;
  readonly receivers: Pick<Receivers, 'waitOf'>;
  readonly putOff: PutOff;
}

/** Processes one page. Throws when a store is unavailable; the deliveries it took become due again. */
export async function wakeDue(tools: WakeTools): Promise<Page> {
  const { deliveries, isMore } = await tools.takeDue();
  const groups = Map.groupBy(deliveries, groupOf);
  const settled = await Promise.allSettled([...groups].map(([group, some]) => wakeGroup(group, some, tools)));
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  return { isMore, isEmpty: deliveries.length === 0 };
}

async function wakeGroup(group: string, deliveries: readonly DueDelivery[], tools: WakeTools): Promise<void> {
  const { receivers, putOff } = tools;
  const wait = receivers.waitOf(group);
  if (wait !== undefined) return putOff.behind(wait, idsOf(deliveries));
  for (let from = 0; from < deliveries.length; from += WAKE_UNIT) {
    const unit = deliveries.slice(from, from + WAKE_UNIT);
    const acceptance = await accept(group, unit, tools);
    if (acceptance.kind === 'full') {
      // Without room for this unit there is none for the later ones. The group's pace decides when there is.
      const rest = deliveries.slice(from);
      const room = roomAfter(unit.length, acceptance.paceMs);
      return putOff.behind({ key: group, per: 'delivery', ...room }, idsOf(rest));
    }
    // The same wake-up id was processed a moment ago and is still remembered, so Redis ignored the new one:
    // retry later.
    const early = unit.filter((_, at) => isTaken(acceptance.items[at]));
    if (early.length > 0) await putOff.for(2 * WAKE_REMEMBERED_MS, idsOf(early));
  }
}

/**
 * The wait until a full mailbox has room. Only wake-ups fill it, so its pace needs no reserve for other
 * producers.
 */
function roomAfter(count: number, paceMs: number | undefined): { notBeforeMs: number; eachMs: number } {
  const estimateMs = paceMs === undefined ? FULL_UNKNOWN_MS : count * paceMs;
  const notBeforeMs = Math.min(Math.max(estimateMs, FULL_MIN_MS), FULL_MAX_MS);
  return { notBeforeMs, eachMs: notBeforeMs / count };
}

async function accept(group: string, unit: readonly DueDelivery[], tools: WakeTools) {
  const items = unit.map(({ deliveryId, attempts }) => {
    const payload = { deliveryId, attempts };
    return { id: wakeUpId(payload), orgId: group, payload };
  });
  try {
    return await tools.queue.accept(items);
  } catch (cause) {
    // It is unknown whether they were accepted. They become due again soon; equal ids prevent a second
    // wake-up.
    if (cause instanceof QueueUnavailableError) {
      await tools.putOff.for(BREAKER_OPEN_MIN_MS, idsOf(unit));
    }
    throw cause;
  }
}

type AcceptedItem = (Acceptance<WakeUp, WakeUpEnd> & { kind: 'accepted' })['items'][number];

function isTaken(item: AcceptedItem | undefined): boolean {
  return item?.kind === 'replayed' && item.state.state === 'completed';
}

function idsOf(deliveries: readonly DueDelivery[]): readonly string[] {
  return deliveries.map(({ deliveryId }) => deliveryId);
}

/** Takes the next page. Must not be called again before it has resolved. */
export type TakeDue = () => Promise<DuePage>;

const WALK = { eachMax: DUE_EACH, endpointsMax: Math.floor(DUE_PAGE / DUE_EACH), visitsMax: WALK_VISITS_MAX };

/**
 * The order in which deliveries are woken: longest due first. A full page means a backlog, and the backlog of one
 * endpoint would delay all others. A scan therefore follows that takes a few deliveries of each endpoint:
 *
 *   oldest ── a full page ──► scan, endpoint by endpoint ── all visited ──► oldest
 *
 * The scan position is per process and in memory; restarting from the beginning is safe.
 */
export function createTakeDue(db: Database): TakeDue {
  let walk: { readonly after: WalkPlace | undefined } | undefined;
  return async () => {
    if (walk === undefined) {
      const page = await takeDueDeliveries(db, { limit: DUE_PAGE, leaseMs: WAKE_LEASE_MS });
      if (page.isMore) walk = { after: undefined };
      return page;
    }
    const { deliveries, next } = await takeDueOfEach(db, { ...WALK, ...walk, leaseMs: WAKE_LEASE_MS });
    walk = next && { after: next };
    return { deliveries, isMore: true };
  };
}
