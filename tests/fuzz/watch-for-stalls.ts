// Detects when the machine stalled the service: a process that gets no CPU, or a disk that takes a second for a write,
// makes the service answer 503, which is correct and no defect of the service.

import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

export interface StallWatch {
  /** Whether the service or its Redis was held up at any time since then, by `performance.now()`. */
  sawStallSince(sinceMs: number): boolean;
  close(): Promise<void>;
}

const PROBE_EVERY_MS = 50;
/** Half of what the service gives a command of Redis. */
const STALL_MS = 500;

/** Sends cheap requests that use only the event loop of the API, and Redis; a slow answer is due to the machine. */
export function watchForStalls({ url, redisUrl }: { url: string; redisUrl: string }): StallWatch {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const over = new AbortController();
  let probeBeganAt = performance.now();
  let lastStallEndedAt = Number.NEGATIVE_INFINITY;
  const isStalled = () => performance.now() - probeBeganAt > STALL_MS;
  const probe = async () => {
    const answer = await fetch(`${url}/healthz`, { signal: over.signal });
    await Promise.all([answer.text(), redis.ping()]);
  };
  const run = async () => {
    while (!over.signal.aborted) {
      probeBeganAt = performance.now();
      await probe().catch(() => undefined);
      if (isStalled()) lastStallEndedAt = performance.now();
      probeBeganAt = Number.POSITIVE_INFINITY;
      await delay(PROBE_EVERY_MS);
    }
  };
  const running = run();
  return {
    sawStallSince: (sinceMs) => isStalled() || lastStallEndedAt >= sinceMs,
    close: async () => {
      over.abort();
      redis.disconnect();
      await running;
    },
  };
}
