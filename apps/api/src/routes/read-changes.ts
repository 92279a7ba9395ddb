// GET /api/changes and /api/changes/stream

import { changesQuery, changesStreamQuery, lastSequence, presentVersion } from '@slotline/contract';
import { isRetryable, listChanges as findChanges, type Database, type VersionRecord } from '@slotline/db';
import type { RequestHandler } from 'express';
import { setTimeout as delay } from 'node:timers/promises';
import { parseForOrg } from '../access/parse-for-org.ts';
import { whileValid } from '../access/while-valid.ts';
import type { ApiContext } from './api-context.ts';
import { reserveAnswer } from '../admission/reserve-answer.ts';
import type { ReservedAnswer } from '../http/answer-list.ts';
import { answerList } from '../http/answer-list.ts';
import type { EventStream } from '../http/event-stream.ts';
import { linkNext } from '../http/link-next.ts';
import { parseHeaderOrRefuse } from '../http/parse-or-refuse.ts';
import type { ChangePlace, StreamPage } from '../reading/read-changes.ts';

export function listChanges(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { orgId, after, limit, wait = 0, minSequence } = parseForOrg(changesQuery, req.query, req);
    // Reserved for each read: a request that waits for a change holds no bytes.
    let reservation: ReservedAnswer | undefined;
    const read = async () => {
      reservation = await reserveAnswer(context, { res, orgId });
      const find = (db: Database) => findChanges(db, { orgId, after, limit });
      const { versions } = await context.reads.read({ orgId, minSequence }, find);
      if (versions.length === 0) reservation.release();
      return versions;
    };
    const waitMs = wait * 1_000;
    const isGone = () => res.closed;
    const versions = await whileValid(context, req, (signal) =>
      awaitChanges(context, { orgId, after, waitMs, signal, isGone, read }),
    );
    // A kept-alive connection would delay a process that began to stop during this wait.
    if (context.stopping.aborted) res.set('Connection', 'close');
    linkNext(req, res, { path: '/api/changes', change: { after: versions.at(-1)?.sequence ?? after } });
    await answerList(res, { rows: versions, present: presentVersion, reservation });
  };
}

interface Awaited extends ChangePlace {
  readonly waitMs: number;
  readonly signal: AbortSignal;
  isGone(): boolean;
  read(): Promise<readonly VersionRecord[]>;
}

async function awaitChanges(context: ApiContext, awaited: Awaited): Promise<readonly VersionRecord[]> {
  const { orgId, after, waitMs, signal, isGone, read } = awaited;
  if (waitMs === 0) return read();
  const until = performance.now() + waitMs;
  // Listening begins before the first read, so that a change in between is hinted.
  const follower = context.changes.follow(orgId);
  try {
    for (;;) {
      const versions = await read();
      const timeoutMs = until - performance.now();
      if (versions.length > 0 || timeoutMs <= 0 || signal.aborted || isGone()) return versions;
      await follower.next({ after, timeoutMs, signal });
    }
  } finally {
    follower.close();
  }
}

export function streamChanges(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { orgId, after: asked, minSequence } = parseForOrg(changesStreamQuery, req.query, req);
    const after = parseHeaderOrRefuse(lastSequence, { req, name: 'Last-Event-ID' }) ?? asked;
    await context.streams.serve({ req, res, orgId }, async (open) => {
      // An error while reading the first page is still answered as a problem.
      await context.reads.read({ orgId, minSequence }, async () => undefined);
      const first = await context.readChanges({ orgId, after });
      await follow(context, open(), { orgId, after, first });
    });
  };
}

/**
 * Sends page after page, each read when the client has taken the one before; then waits for further changes.
 */
async function follow(
  context: ApiContext,
  stream: EventStream,
  { orgId, after: start, first }: ChangePlace & { readonly first: StreamPage },
): Promise<void> {
  const follower = context.changes.follow(orgId);
  try {
    let after = start;
    let page = first;
    while (await stream.send(page.events)) {
      after = Number(page.events.at(-1)?.id ?? after);
      if (!page.hasNext) await follower.next({ after, signal: stream.signal });
      if (stream.signal.aborted) return;
      page = await readPatiently(context, stream, { orgId, after });
    }
  } finally {
    follower.close();
  }
}

// A browser does not reconnect after a 503, so an open stream survives an outage. It logs at debug level:
// every stream would log a warning a second, and other reads report the outage.
async function readPatiently(
  { readChanges, streamLimits, logger }: ApiContext,
  { signal }: EventStream,
  place: ChangePlace,
): Promise<StreamPage> {
  try {
    return await readChanges(place);
  } catch (cause) {
    if (!isRetryable(cause)) throw cause;
    logger.debug({ err: cause }, 'a stream could not read changes; it will retry');
    await delay(streamLimits.retryMs, undefined, { signal }).catch(() => undefined);
    return { events: [], hasNext: false };
  }
}
