// GET /api/requests/{requestId}/events

import { lastRequestEvent, noQuery, requestId } from '@slotline/contract';
import { isRetryable } from '@slotline/db';
import { ELSEWHERE, QueueUnavailableError } from '@slotline/queue';
import type { RequestHandler } from 'express';
import { setTimeout as delay } from 'node:timers/promises';
import { principalOf, type Principal } from '../access/principal.ts';
import type { ApiContext } from './api-context.ts';
import type { EventStream, ServerEvent } from '../http/event-stream.ts';
import { parseHeaderOrRefuse, parseOrRefuse } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { readRequests } from '../intake/read-requests.ts';
import { decided, presentRequest, type RequestState } from '../intake/request-state.ts';

export function streamRequest(context: ApiContext): RequestHandler<{ requestId: string }> {
  return async (req, res) => {
    parseOrRefuse(noQuery, req.query);
    const lastEvent = parseHeaderOrRefuse(lastRequestEvent, { req, name: 'Last-Event-ID' });
    const id = requestId.safeParse(req.params.requestId);
    const asker = principalOf(req);
    const [found] = id.success ? await readRequests(context, [id.data.toLowerCase()], asker) : [];
    if (found === undefined) throw new ProblemError('not-found', { detail: 'No request has this id.' });
    // 204 stops an EventSource from reconnecting.
    if (lastEvent === 'decided') return void res.status(204).end();
    const { orgId } = found.status === 'queued' ? found : found.record;
    await context.streams.serve({ req, res, orgId }, async (open) => {
      const stream = open();
      if (!(await stream.send([toEvent(found)])) || found.status === 'decided') return;
      const outcome = await awaitDecision(context, stream, { id: found.requestId, asker });
      if (outcome !== undefined) await stream.send([toEvent(outcome)]);
    });
  };
}

function toEvent(state: RequestState): ServerEvent {
  return { event: 'request', id: state.status, data: JSON.stringify(presentRequest(state)) };
}

interface Wanted {
  readonly id: string;
  readonly asker: Principal;
}

/** The request once it is decided; `undefined` when the stream ends first. Announcements may be lost. */
async function awaitDecision(
  context: ApiContext,
  { signal }: EventStream,
  wanted: Wanted,
): Promise<RequestState | undefined> {
  const { queue, streamLimits } = context;
  while (!signal.aborted) {
    const [record] = await queue.completed([wanted.id], { timeoutMs: streamLimits.recheckMs, signal });
    if (record !== undefined && record !== ELSEWHERE) return decided(record);
    const state = await lookUp(context, wanted);
    if (state?.status === 'decided') return state;
    // The wait above may end immediately when Redis is unreachable or too many wait; the delay prevents a
    // tight loop.
    await delay(streamLimits.retryMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

async function lookUp(context: ApiContext, { id, asker }: Wanted): Promise<RequestState | undefined> {
  try {
    const [state] = await readRequests(context, [id], asker);
    return state;
  } catch (cause) {
    if (!isRetryable(cause) && !(cause instanceof QueueUnavailableError)) throw cause;
    context.logger.debug({ err: cause }, 'a stream could not look up its request; it will retry');
    return undefined;
  }
}
