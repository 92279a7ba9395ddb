// The dispatcher's step: takes the oldest of what is due. And whoever cannot do anything with it yet puts it off.

import type { Database } from '../database.ts';
import { nowPlusMs, run, toArrays, transactLazily } from './run.ts';
import { isUnsettled, settleEndpoint } from './settle-endpoints.ts';
import { IS_DUE, takeOf, takeRows, toDueDeliveries, type DueDelivery } from './take-due-rows.ts';

export const TAKE_DUE = takeOf(`
  select ctid as place, org_key, endpoint_id, delivery_id, url, attempts from deliveries
  where ${IS_DUE} order by due_at limit $1::int for update skip locked`);

const TAKE = { name: 'take-due', text: TAKE_DUE };

/** How many rounds one call makes that find nothing to hand out. */
const ROUNDS_MAX = 10;

/** Deliveries that were taken. Their order means nothing. */
export interface DuePage {
  readonly deliveries: readonly DueDelivery[];
  readonly isMore: boolean;
}

/**
 * Takes due deliveries of enabled endpoints, oldest first, and makes each due again after the lease. Callers at
 * once never take the same one. Those of a disabled endpoint are put aside where they are not due until it is
 * enabled, those of a deleted one are dropped: each is met once.
 */
export async function takeDueDeliveries(
  db: Database,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<DuePage> {
  for (let round = 1; ; round++) {
    const { rows, isToSettle } = await transactLazily(db, async (session) => {
      const rows = await takeRows(session, TAKE, [limit, leaseMs]);
      return { rows, isToSettle: await isUnsettled(session) };
    });
    if (isToSettle) await settleEndpoint(db);
    const deliveries = toDueDeliveries(rows);
    // A full round of unwanted ones says nothing about those behind it, and settling may have made some due.
    const isMore = rows.length === limit;
    const isToRepeat = deliveries.length === 0 && (isMore || isToSettle);
    if (!isToRepeat || round >= ROUNDS_MAX) return { deliveries, isMore };
  }
}

export const DEFER_DELIVERIES = `
  update deliveries d set due_at = ${nowPlusMs('k.delay_ms')}
  from unnest($1::uuid[], $2::bigint[]) as k(delivery_id, delay_ms)
  where d.delivery_id = k.delivery_id and d.ctid = any (array(
    select d.ctid from unnest($1::uuid[]) as k(delivery_id)
    cross join lateral (
      select ctid from deliveries
      where delivery_id = k.delivery_id and status = 'pending' and due_at < 'infinity' limit 1
      for update skip locked
    ) d
  ))`;

export interface Deferral {
  readonly deliveryId: string;
  readonly delayMs: number;
}

/**
 * Makes each delivery due after its delay instead, if it is pending: no attempt, nothing of its schedule is used up.
 * A delivery that another transaction is changing is left as it is.
 */
export async function deferDeliveries(db: Database, deferrals: readonly Deferral[]): Promise<void> {
  if (deferrals.length === 0) return;
  const values = toArrays(deferrals, 'deliveryId', 'delayMs');
  await transactLazily(db, (session) => run(session, DEFER_DELIVERIES, values));
}
