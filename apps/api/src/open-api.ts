// One API process: accepts bookings into Redis, reads outcomes from Redis and PostgreSQL. Any number of them
// may run side by side.

import { closeInOrder, type ClosingStep, type Logger, type Service } from '@slotline/runtime';
import type { ApiConfig } from './config.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { openContext } from './open-context.ts';
import { openPorts, type Ports } from './open-ports.ts';
import { STREAM_LIMITS, type StreamLimits } from './reading/stream-limits.ts';

export interface Api extends Service {
  readonly address: string;
  readonly port: number;
  /** The operators' port: admin routes and metrics. */
  readonly adminAddress: string;
  readonly adminPort: number;
}

export interface ApiOptions {
  readonly logger: Logger;
  /** Tests shorten these. */
  readonly streamLimits?: Partial<StreamLimits> | undefined;
  readonly httpLimits?: Partial<HttpLimits> | undefined;
}

/** Time limit for closing the connections to Redis and PostgreSQL after the last answer. */
const STORES_CLOSING_MS = 2_000;

/**
 * Rejects when Redis is unreachable, when a port is taken and, in production, when Redis may lose
 * acknowledged writes.
 */
export async function openApi(config: ApiConfig, options: ApiOptions): Promise<Api> {
  const { logger } = options;
  const stop = new AbortController();
  const opened: ClosingStep[] = [];
  const closeOpened = () => closeInOrder(opened.toReversed(), { deadlineMs: STORES_CLOSING_MS, logger });
  let ports: Ports;
  try {
    const context = await openContext(config, {
      logger,
      stopping: stop.signal,
      streamLimits: { ...STREAM_LIMITS, ...options.streamLimits },
      opened: (step) => opened.push(step),
    });
    ports = await openPorts(context, config, { ...HTTP_LIMITS, ...options.httpLimits });
  } catch (cause) {
    await closeOpened();
    throw cause;
  }
  return {
    address: ports.address,
    port: ports.port,
    adminAddress: ports.adminAddress,
    adminPort: ports.adminPort,
    close: async () => {
      stop.abort();
      const isDrained = await closeInOrder(ports.draining, {
        deadlineMs: config.shutdownGraceMs,
        logger,
      });
      ports.cut();
      return (await closeOpened()) && isDrained;
    },
  };
}
