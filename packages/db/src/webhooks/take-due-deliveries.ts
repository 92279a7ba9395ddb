// Takes the oldest due deliveries for the dispatcher, and defers deliveries that cannot be sent yet.

import type { Database } from '../sql/database.ts';
import { nowPlusMs, run, toArrays, transactLazily } from '../sql/run.ts';
import { isUnsettled, settleEndpoint } from './settle-endpoints.ts';
import { IS_DUE, takeOf, takeRows, toDueDeliveries, type DueDelivery } from './take-due-rows.ts';

export const TAKE_DUE = takeOf(`
  select ctid as place, org_key, endpoint_id, delivery_id, url, attempts from deliveries
  where ${IS_DUE} order by due_at limit $1::int for update skip locked`);

const TAKE = { name: 'take-due', text: TAKE_DUE };

/** The most rounds of one call that find no delivery to return. */
const ROUNDS_MAX = 10;

/** Taken deliveries, in no particular order. */
export interface DuePage {
  readonly deliveries: readonly DueDelivery[];
  readonly isMore: boolean;
}

/**
 * Takes due deliveries of enabled endpoints, oldest first, and makes each due again after the lease. Concurrent
 * callers never take the same one. Deliveries of a disabled endpoint are set aside until it is enabled, and those
 * of a deleted one are dropped: each is handled once.
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
    // A full round of unwanted deliveries does not show whether more follow, and settling may have made some due.
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
 * Sets the due time of each pending delivery to its delay from now. This is not an attempt and uses up nothing of
 * the schedule. A delivery that another transaction is changing is skipped.
 */
export async function deferDeliveries(db: Database, deferrals: readonly Deferral[]): Promise<void> {
  if (deferrals.length === 0) return;
  const values = toArrays(deferrals, 'deliveryId', 'delayMs');
  await transactLazily(db, (session) => run(session, DEFER_DELIVERIES, values));
}
