// The open streams of a process: limits their number, and ends them when the process stops or the credential
// ends. Each route decides what its stream sends.

import type { Request, Response } from 'express';
import type { Access } from '../access/access.ts';
import { principalOf } from '../access/principal.ts';
import type { ApiMetrics } from '../metrics/metrics.ts';
import { openEventStream, type EventStream, type EventStreamLimits } from '../http/event-stream.ts';
import { ProblemError } from '../http/problem-error.ts';

export interface OpenStreams {
  /**
   * Serves one client: `serve` opens the stream when it is ready, and an error before that becomes a problem
   * document. Throws the 503 problem when the process or the organisation is at its limit. `HEAD` gets the
   * head of the stream, which is then closed.
   */
  serve(
    exchange: { req: Request; res: Response; orgId: string },
    serve: (open: () => EventStream) => Promise<void>,
  ): Promise<void>;
}

export interface OpenStreamsOptions {
  readonly streamsMax: number;
  /** The part of `streamsMax` that one organisation may have. */
  readonly orgStreamsMax: number;
  readonly limits: EventStreamLimits;
  readonly access: Pick<Access, 'watch'>;
  readonly stopping: AbortSignal;
  readonly metrics: ApiMetrics;
}

/** Seconds after which a refused client should try again, at this process or another one. */
const NO_ROOM_RETRY_AFTER_S = '5';

const CLOSING = { event: 'closing', data: JSON.stringify({ reason: 'stopping' }) };
const REVOKED = { event: 'revoked', data: JSON.stringify({ reason: 'credential-ended' }) };

export function createOpenStreams({
  streamsMax,
  orgStreamsMax,
  limits,
  access,
  stopping,
  metrics,
}: OpenStreamsOptions): OpenStreams {
  const streams = new Set<EventStream>();
  const takenByOrg = new Map<string, number>();
  let taken = 0;
  stopping.addEventListener('abort', () => {
    for (const stream of streams) stream.end(CLOSING);
  });

  const open = (res: Response): EventStream => {
    const stream = openEventStream(res, { ...limits, onDrop: () => metrics.streamsDropped.inc() });
    if (stream.signal.aborted) return stream;
    streams.add(stream);
    stream.signal.addEventListener('abort', () => streams.delete(stream), { once: true });
    if (stopping.aborted) stream.end(CLOSING);
    return stream;
  };

  const take = (orgId: string, count: 1 | -1): void => {
    const ofOrg = (takenByOrg.get(orgId) ?? 0) + count;
    if (ofOrg === 0) takenByOrg.delete(orgId);
    else takenByOrg.set(orgId, ofOrg);
    metrics.streams.set((taken += count));
  };

  return {
    async serve({ req, res, orgId }, serve) {
      if (taken >= streamsMax) throw noRoom(`This process has ${streamsMax} streams open, its limit.`);
      if ((takenByOrg.get(orgId) ?? 0) >= orgStreamsMax)
        throw noRoom(`The organisation has ${orgStreamsMax} streams open at this process, its limit.`);
      take(orgId, 1);
      let stream: EventStream | undefined;
      let unwatch: (() => void) | undefined;
      try {
        await serve(() => {
          const opened = (stream = open(res));
          if (req.method === 'HEAD') opened.end();
          unwatch = access.watch(principalOf(req), () => opened.end(REVOKED));
          return opened;
        });
      } finally {
        unwatch?.();
        stream?.end();
        take(orgId, -1);
      }
    },
  };
}

function noRoom(reason: string): ProblemError {
  return new ProblemError('too-many-streams', {
    detail: `${reason} Close one, try again after Retry-After seconds, or read pages with wait instead.`,
    headers: { 'Retry-After': NO_ROOM_RETRY_AFTER_S },
  });
}
