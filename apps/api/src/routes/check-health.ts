// GET /healthz, /readyz and /metrics: for orchestrators and operators.

import type { RequestHandler } from 'express';
import type { ApiContext } from './api-context.ts';
import type { Readiness } from './check-readiness.ts';

export function checkHealth(): RequestHandler {
  return (_req, res) => {
    res.json({ status: 'ok' });
  };
}

/** The public port's check: the status only. Details are for operators. */
export function showStatus(context: ApiContext): RequestHandler {
  return async (_req, res) => {
    const { status, code } = statusOf(await context.checkReadiness(), context.stopping);
    res.status(code).json({ status });
  };
}

/** The admin port's check: every part that determines the status. */
export function showReadiness({ checkReadiness, admission, stopping }: ApiContext): RequestHandler {
  return async (_req, res) => {
    const parts = await checkReadiness();
    const { status, code } = statusOf(parts, stopping);
    const isStopping = stopping.aborted;
    res.status(code).json({ status, isStopping, shedding: admission.reasons(), ...parts });
  };
}

/**
 * 503 when no booking can be accepted: Redis is unreachable, or the process is stopping. While only
 * PostgreSQL is unreachable bookings are accepted and wait, so the answer is 200 with `degraded`: taking the
 * API out of rotation would refuse them.
 */
function statusOf({ redis, postgres, migrations }: Readiness, stopping: AbortSignal) {
  if (redis === 'down' || stopping.aborted) return { status: 'unavailable', code: 503 };
  const canDecide = postgres === 'up' && migrations === 'current';
  return { status: canDecide ? 'ready' : 'degraded', code: 200 };
}

export function showMetrics({ metrics }: ApiContext): RequestHandler {
  return async (_req, res) => {
    res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  };
}
