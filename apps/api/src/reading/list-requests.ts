// An org's requests, newest first: what waits in its mailbox, then what PostgreSQL says was decided. The mailbox is
// always read first: a request leaves it only after its outcome is committed, so one that is decided in between is
// found by the second read. In the other order it would be in neither. Being seen twice is the price; inside a page
// the decided one stays, across pages both do.

import type { OutcomeKind } from '@slotline/core';
import { listRequests as listDecided, type Database } from '@slotline/db';
import type { Queue } from '../intake/accept.ts';
import type { FindRecords } from '../intake/find-records.ts';
import { decided, fromItem, type RequestState } from '../intake/request-state.ts';

export interface RequestsQuery {
  readonly orgId: string;
  readonly status?: 'queued' | 'completed' | 'failed' | undefined;
  readonly outcome?: OutcomeKind | undefined;
  readonly limit: number;
}

/** A stream id among what waits, a decision sequence among what is decided; without one, the newest of it. */
export type RequestsPlace =
  | { readonly kind: 'waiting'; readonly before?: string }
  | { readonly kind: 'decided'; readonly before?: number };

export interface RequestsPage {
  readonly states: readonly RequestState[];
  /** There when more follow; a page may be short, even empty, before the end. */
  readonly next?: RequestsPlace;
}

export type ListRequests = (query: RequestsQuery, place?: RequestsPlace) => Promise<RequestsPage>;

export interface ListRequestsOptions {
  readonly queue: Queue;
  /** The primary: what left the mailbox may not have reached a replica. */
  readonly db: Database;
  readonly findRecords: FindRecords;
}

export function createListRequests(options: ListRequestsOptions): ListRequests {
  return async (query, place = firstPlace(query)) => {
    if (place.kind === 'decided') return readDecided(options, query, place.before);
    const waiting = await readWaiting(options, query, place.before);
    if (waiting.next !== undefined || query.status === 'queued') return waiting;
    const limit = query.limit - waiting.states.length;
    if (limit === 0) return { ...waiting, next: { kind: 'decided' } };
    const page = await readDecided(options, { ...query, limit }, undefined);
    return { ...page, states: [...without(waiting.states, page.states), ...page.states] };
  };
}

function firstPlace({ status, outcome }: RequestsQuery): RequestsPlace {
  const hasWaiting = outcome === undefined && (status === undefined || status === 'queued');
  return { kind: hasWaiting ? 'waiting' : 'decided' };
}

async function readWaiting(
  { queue, findRecords }: ListRequestsOptions,
  { orgId, limit }: RequestsQuery,
  before: string | undefined,
): Promise<RequestsPage> {
  const { items, next } = await queue.listWaiting(orgId, {
    limit,
    ...(before === undefined ? {} : { before }),
  });
  // What is decided and not yet settled waits no longer: its outcome may have been read already (P3).
  const records = await findRecords(items.map(({ id }) => id));
  const states = items.flatMap((item) => (records.has(item.id) ? [] : [fromItem(item.id, item)]));
  return next === undefined ? { states } : { states, next: { kind: 'waiting', before: next } };
}

async function readDecided(
  { db }: ListRequestsOptions,
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
