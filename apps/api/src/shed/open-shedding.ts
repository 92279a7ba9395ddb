// Shedding as the server has it: what stands before Express, judges the head of every request and counts what it
// refuses. Costs about a microsecond while nothing is refused.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Queue } from '../intake/accept.ts';
import type { ApiMetrics } from '../metrics.ts';
import type { InFlight } from './in-flight.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { refuseAtOnce } from './refuse-at-once.ts';
import { createShedder, type ShedReason } from './shedder.ts';

export interface SheddingSettings {
  readonly loopDelayMaxMs: number;
  readonly acceptsInFlightMax: number;
}

export interface Shedding {
  /** True when the request has been answered with its refusal: nobody else may touch it then. */
  refuse(req: IncomingMessage, res: ServerResponse): boolean;
  /** Why requests are refused right now; empty when they are not. */
  reasons(): readonly ShedReason[];
  close(): Promise<void>;
}

export interface SheddingOptions {
  readonly settings: SheddingSettings;
  readonly queue: Pick<Queue, 'isNearlyFull' | 'isConnected'>;
  readonly accepting: InFlight;
  readonly metrics: ApiMetrics;
  readonly stopping: AbortSignal;
}

export function openShedding(options: SheddingOptions): Shedding {
  const { settings, queue, accepting, metrics, stopping } = options;
  const shedder = createShedder({
    ...settings,
    acceptsInFlight: accepting.count,
    delayMs: () => loop.latestMs(),
    isNearlyFull: () => queue.isNearlyFull(),
    isAway: () => !queue.isConnected(),
    now: () => performance.now(),
    random: Math.random,
  });
  metrics.showAcceptsInFlight(accepting.count);
  const loop = watchLoopDelay({
    onSample: (delayMs) => {
      metrics.loopDelay.observe(delayMs / 1_000);
      shedder.observe(delayMs);
    },
    isAtRest: shedder.isAtRest,
  });
  return {
    refuse: (req, res) => {
      loop.wake();
      const { method = '', url = '' } = req;
      const hasKey = req.headers['idempotency-key'] !== undefined;
      const shed = shedder.judge({ method, path: pathOf(url), hasKey });
      if (shed === undefined) return false;
      metrics.shed.inc({ reason: shed.reason });
      refuseAtOnce({ req, res }, { ...shed, isLast: stopping.aborted });
      return true;
    },
    reasons: shedder.reasons,
    close: async () => loop.stop(),
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
