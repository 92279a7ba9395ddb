// Checks whether the service can accept and decide bookings, by querying both stores. Checks do not overlap
// and their result is kept for a second, so frequent calls cost the stores nothing.

import { pingDatabase, schemaState, type Database, type SchemaState } from '@slotline/db';
import type { Durability } from '@slotline/queue';
import type { Queue } from '../intake/accept.ts';

/** How long a result is kept. */
const READINESS_KEPT_MS = 1_000;

export interface Readiness {
  readonly redis: 'up' | 'down';
  readonly postgres: 'up' | 'down';
  readonly migrations: SchemaState | 'unknown';
  readonly durability: Durability | 'unknown';
  readonly oldestEntryAgeMs: number | 'unknown';
}

/** Never rejects: a store that does not answer counts as down. */
export type CheckReadiness = () => Promise<Readiness>;

export function createCheckReadiness({ db, queue }: { db: Database; queue: Queue }): CheckReadiness {
  return keepFor(READINESS_KEPT_MS, async () => {
    const [redis, durability, oldestEntryAgeMs, postgres, migrations] = await Promise.all([
      stateOf(queue.ping()),
      valueOf(queue.durability()),
      valueOf(queue.oldestAgeMs()),
      stateOf(pingDatabase(db)),
      valueOf(schemaState(db)),
    ]);
    return { redis, postgres, migrations, durability, oldestEntryAgeMs };
  });
}

async function stateOf(check: Promise<unknown>): Promise<'up' | 'down'> {
  return check.then(
    () => 'up',
    () => 'down',
  );
}

async function valueOf<T>(check: Promise<T>): Promise<T | 'unknown'> {
  return check.catch(() => 'unknown' as const);
}

/**
 * As `read`, but never runs twice at once, nor within `keptMs` after it resolved. A rejection is not kept.
 */
export function keepFor<T>(keptMs: number, read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  let keptUntil = Infinity;
  const forget = () => void (reading = undefined);
  const keep = () => void (keptUntil = performance.now() + keptMs);
  return () => {
    if (reading !== undefined && performance.now() < keptUntil) return reading;
    keptUntil = Infinity;
    reading = read();
    reading.then(keep, forget);
    return reading;
  };
}
