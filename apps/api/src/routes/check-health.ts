// GET /healthz, /readyz and /metrics: for orchestrators and operators.

import { pingDatabase, schemaState } from '@slotline/db';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../api-context.ts';

export function checkHealth(): RequestHandler {
  return (_req, res) => {
    res.json({ status: 'ok' });
  };
}

/**
 * 503 when no booking can be accepted: Redis away, or stopping. While only PostgreSQL is away bookings are
 * accepted and wait, so the answer is 200 with `degraded`: taking the API out of rotation would refuse them.
 */
export function checkReadiness({ db, queue, admission, stopping }: ApiContext): RequestHandler {
  return async (_req, res) => {
    const [redis, durability, oldestEntryAgeMs, postgres, migrations] = await Promise.all([
      stateOf(queue.ping()),
      valueOf(queue.durability()),
      valueOf(queue.oldestAgeMs()),
      stateOf(pingDatabase(db)),
      valueOf(schemaState(db)),
    ]);
    const canAccept = redis === 'up' && !stopping.aborted;
    const canDecide = postgres === 'up' && migrations === 'current';
    const status = canAccept ? (canDecide ? 'ready' : 'degraded') : 'unavailable';
    res.status(canAccept ? 200 : 503).json({
      status,
      isStopping: stopping.aborted,
      shedding: admission.reasons(),
      redis,
      postgres,
      migrations,
      durability,
      oldestEntryAgeMs,
    });
  };
}

export function showMetrics({ metrics }: ApiContext): RequestHandler {
  return async (_req, res) => {
    res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  };
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
