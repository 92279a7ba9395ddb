// Prunes the delivery log, so that it does not grow without limit.

import type { Database } from '../sql/database.ts';
import { NOW, run, transactLazily } from '../sql/run.ts';

export const PRUNE_DELIVERIES = `
  with pruned as (
    delete from deliveries
    where ctid = any (array(
      select ctid from deliveries
      where status <> 'pending' and created_at < (select ${NOW} - $1::bigint * interval '1 millisecond')
      order by created_at limit $2::int for update skip locked
    ))
    returning delivery_id, org_key
  ), attempts as (
    delete from delivery_attempts
    where ctid = any (array(
      select a.ctid from pruned p
      cross join lateral (
        select ctid from delivery_attempts
        where delivery_id = p.delivery_id and org_key = p.org_key limit 10000
      ) a
    ))
  )
  select 1 as pruned from pruned`;

/**
 * Deletes deliveries created more than `beforeMs` ago, oldest first, with their attempts, and returns their number.
 * Fewer than `limit` means that no more can be deleted now. Never deletes a pending one, however old.
 */
export async function pruneDeliveries(
  db: Database,
  { beforeMs, limit }: { beforeMs: number; limit: number },
): Promise<number> {
  return transactLazily(
    db,
    async (session) => (await run(session, PRUNE_DELIVERIES, [beforeMs, limit])).length,
  );
}
