// One org with one of everything that has an id, made over the wire by its own credentials.

import { createHash, randomUUID } from 'node:crypto';
import type { Credentials } from './credentials.ts';
import { headerOf, sendWell, type Call } from './exchange.ts';

export interface World {
  readonly key: string;
  readonly orgId: string;
  readonly resourceId: string;
  /** Booked, and moved once. */
  readonly appointmentId: string;
  /** Held until it is confirmed. */
  readonly heldId: string;
  readonly requestId: string;
  readonly endpointId: string;
  readonly deliveryId: string;
}

/** A different slot for each number; the same number gives the same slot. */
export function slot(number: number): { start: string; end: string; createdAt: string; updatedAt: string } {
  const start = Date.UTC(2031, 0, 1) + number * 3_600_000;
  const shown = (ms: number) => new Date(ms).toISOString();
  const at = shown(Date.UTC(2026, 0, 1) + number * 1_000);
  return { start: shown(start), end: shown(start + 1_800_000), createdAt: at, updatedAt: at };
}

export const DECIDED = { Prefer: 'wait=20' };
const NOBODY_LISTENS = 'http://127.0.0.1:1/hook';

/** All ids of two worlds are equally long. */
export async function makeWorld(
  { url, databaseUrl }: { url: string; databaseUrl: string },
  credentials: Credentials,
): Promise<World> {
  const name = randomUUID().slice(0, 13);
  const [orgId, resourceId, appointmentId, heldId] = ['org', 'res', 'app', 'hld'].map(
    (kind) => `${kind}-${name}`,
  );
  if (!orgId || !resourceId || !appointmentId || !heldId) throw new Error('four names make four');
  const key = await credentials.make({ databaseUrl }, { orgId, scopes: ['read', 'write', 'webhooks'] });
  const post = async (path: string, body: object, headers = {}) => {
    const call: Call = { method: 'POST', path, body, headers };
    return JSON.parse((await sendWell(url, call, key)).body) as Record<string, string>;
  };
  const book = (id: string, at: number, more = {}) =>
    post('/api/appointments', { id, orgId, resourceId, ...slot(at), ...more }, DECIDED);
  await book(appointmentId, 1);
  const { requestId = '' } = await book(appointmentId, 2);
  await book(`sec-${name}`, 3);
  await book(heldId, 4, { holdSeconds: 3_600 });
  const { id: endpointId = '' } = await post('/api/webhooks', { orgId, url: NOBODY_LISTENS });
  const ping = () => post(`/api/webhooks/${endpointId}/ping?orgId=${orgId}`, {});
  await ping();
  const { id: deliveryId = '' } = await ping();
  return { key, orgId, resourceId, appointmentId, heldId, requestId, endpointId, deliveryId };
}

/** What the org's credentials can read, without fields that background work changes. */
export async function snapshot(url: string, { key, orgId, endpointId }: World): Promise<unknown> {
  const get = async (path: string) => {
    const { body } = await sendWell(url, { method: 'GET', path }, key);
    return JSON.parse(body) as Record<string, unknown>[];
  };
  const endpoints = await get(`/api/webhooks?orgId=${orgId}`);
  const deliveries = await get(`/api/webhooks/${endpointId}/deliveries?orgId=${orgId}`);
  return {
    appointments: await get(`/api/appointments?orgId=${orgId}&status=all`),
    changes: await get(`/api/changes?orgId=${orgId}`),
    requests: await get(`/api/requests?orgId=${orgId}`),
    endpoints: endpoints.map(({ failingSince: _since, ...stays }) => stays),
    deliveries: deliveries.map(({ id, type }) => ({ id, type })),
  };
}

/** The cursor that follows the first item of a list. */
export async function nextCursor(url: string, key: string, path: string): Promise<string> {
  const answer = await sendWell(url, { method: 'GET', path }, key);
  const cursor = /[?&]cursor=([^&>]+)/.exec(headerOf(answer, 'link') ?? '')?.[1];
  if (cursor === undefined) throw new Error(`no cursor follows ${path}: ${answer.body}`);
  return cursor;
}

/** As apps/api/src/http/cursor.ts writes one: a calendar of the wire has none before its 10,001st event. */
export function calendarCursor(query: Readonly<Record<string, string>>, id: string): string {
  const members = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256')
    .update(JSON.stringify(['calendar', members]))
    .digest('base64url');
  const place = [digest.slice(0, 12), Date.parse(slot(1).start), id];
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}
