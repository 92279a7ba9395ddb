// An org's requests, newest first: those waiting in its mailbox, then those decided in PostgreSQL. The
// mailbox is always read first: a request leaves it only after its outcome is committed, so a request decided
// in between is found by the second read. In the other order it could be in neither. The price is duplicates:
// within a page the decided one is kept; across pages both appear.

import type { OutcomeKind } from '@slotline/core';
import { listRequests as listDecided, type Database } from '@slotline/db';
import type { Queue } from '../intake/accept.ts';
import type { DecidedRecords } from '../intake/decided-records.ts';
import { decided, fromItem, type RequestState } from '../intake/request-state.ts';

interface RequestsQuery {
  readonly orgId: string;
  readonly status?: 'queued' | 'completed' | 'failed' | undefined;
  readonly outcome?: OutcomeKind | undefined;
  readonly limit: number;
}

/** A stream id among waiting requests, or a decision sequence among decided ones; without one, the newest. */
export type RequestsPlace =
  | { readonly kind: 'waiting'; readonly before?: string }
  | { readonly kind: 'decided'; readonly before?: number };

interface RequestsPage {
  readonly states: readonly RequestState[];
  /** Present when more follow; a page may be short, even empty, before the end. */
  readonly next?: RequestsPlace;
}

export interface ListRequestsContext {
  readonly queue: Pick<Queue, 'listWaiting'>;
  /** The primary: requests that left the mailbox may not have reached a replica. */
  readonly db: Database;
  readonly records: Pick<DecidedRecords, 'find'>;
}

export async function listRequestStates(
  context: ListRequestsContext,
  query: RequestsQuery,
  place: RequestsPlace = firstPlace(query),
): Promise<RequestsPage> {
  if (place.kind === 'decided') return readDecided(context, query, place.before);
  const waiting = await readWaiting(context, query, place.before);
  if (waiting.next !== undefined || query.status === 'queued') return waiting;
  const limit = query.limit - waiting.states.length;
  if (limit === 0) return { ...waiting, next: { kind: 'decided' } };
  const page = await readDecided(context, { ...query, limit }, undefined);
  return { ...page, states: [...without(waiting.states, page.states), ...page.states] };
}

function firstPlace({ status, outcome }: RequestsQuery): RequestsPlace {
  const hasWaiting = outcome === undefined && (status === undefined || status === 'queued');
  return { kind: hasWaiting ? 'waiting' : 'decided' };
}

async function readWaiting(
  { queue, records }: ListRequestsContext,
  { orgId, limit }: RequestsQuery,
  before: string | undefined,
): Promise<RequestsPage> {
  const { items, next } = await queue.listWaiting(orgId, {
    limit,
    ...(before === undefined ? {} : { before }),
  });
  // A request that is decided but not completed no longer counts as waiting: its outcome may have been read
  // (P3).
  const decidedSince = await records.find(items.map(({ id }) => id));
  const states = items.flatMap((item) => (decidedSince.has(item.id) ? [] : [fromItem(item.id, item)]));
  return next === undefined ? { states } : { states, next: { kind: 'waiting', before: next } };
}

async function readDecided(
  { db }: ListRequestsContext,
  { orgId, status, outcome, limit }: RequestsQuery,
  before: number | undefined,
): Promise<RequestsPage> {
  const { requests, next } = await listDecided(db, {
    orgId,
    limit,
    ...(status === undefined || status === 'queued' ? {} : { status }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(before === undefined ? {} : { before }),
  });
  const states = requests.map(decided);
  return next === undefined ? { states } : { states, next: { kind: 'decided', before: next } };
}

function without(states: readonly RequestState[], others: readonly RequestState[]): RequestState[] {
  const ids = new Set(others.map(idOf));
  return states.filter((state) => !ids.has(idOf(state)));
}

function idOf(state: RequestState): string {
  return state.status === 'queued' ? state.requestId : state.record.requestId;
}
