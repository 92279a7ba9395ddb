// Measures how late deliveries are taken, which shows whether any deliverer works.

import type { Database } from '../sql/database.ts';
import { NOW, runAlone } from '../sql/run.ts';

// The most overdue delivery comes first, so one row is enough.
export const FIND_DUE_AGE = `
  select (extract(epoch from ${NOW} - due_at) * 1000)::bigint as "ageMs" from deliveries
  where status = 'pending' and due_at <= (select ${NOW})
  order by due_at limit 1`;

/** How long the longest due delivery has waited to be taken, in milliseconds; 0 if none is due. */
export async function findDueAgeMs(db: Database): Promise<number> {
  const [oldest] = await runAlone<{ ageMs: number }>(db, FIND_DUE_AGE, []);
  return oldest?.ageMs ?? 0;
}
