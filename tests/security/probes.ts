// How to call each operation with the ids of a given org. A probe must supply every id that the OpenAPI document lists
// for its operation.

import { callbacksEndpointIdOf } from '@slotline/db';
import type { Call } from './exchange.ts';
import type { Operation } from './id-parameters.ts';
import { calendarCursor, DECIDED, nextCursor, slot, type World } from './a-world.ts';

/** By their place and name, as `id-parameters.ts` has them. */
export type Ids = Readonly<Record<string, string>>;

export interface Probe {
  readonly operationId: string;
  /** Where an operation has several kinds of calls. */
  readonly kind?: string;
  /** Named by every call, but for the org, which may be left out. */
  ids(world: World): Ids;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  body?(ids: Ids): unknown;
  /** A place in the list of the org itself. */
  cursor?(url: string, world: World, operation: Operation): Promise<string>;
  /** Whether it takes an idempotency key. */
  readonly isKeyed?: boolean;
  /** Whether the answer describes something that the call created, with a new id and new times. */
  readonly isMaking?: boolean;
}

/** Named only by the calls that are about them: they belong to the rest of their request. */
export const CURSOR = 'query:cursor';
export const CLIENT_KEY = 'header:Idempotency-Key';

const org = ({ orgId }: World) => ({ 'query:orgId': orgId });
const room = ({ resourceId }: World) => ({ 'query:resourceId': resourceId });
const appointment = ({ appointmentId }: World) => ({ 'path:id': appointmentId });
const endpoint = ({ endpointId }: World) => ({ 'path:id': endpointId });
const delivery = ({ deliveryId }: World) => ({ 'path:deliveryId': deliveryId });
const all =
  (...parts: ((world: World) => Ids)[]) =>
  (world: World): Ids =>
    Object.assign({}, ...parts.map((part) => part(world))) as Ids;

const WINDOW = { from: slot(0).start, to: slot(100).start };
const listed: Probe['cursor'] = (url, world, operation) =>
  nextCursor(
    url,
    world.key,
    toCall(operation, probeOf(operation), withoutOrgs(probeOf(operation).ids(world))).path,
  );

/** The next unused slot; a repeated booking would be ignored as stale. */
let slots = 10;
const booked = ({ 'body:id': id, 'body:orgId': orgId, 'body:resourceId': resourceId }: Ids) => ({
  ...slot(slots++),
  id,
  ...(orgId === undefined ? {} : { orgId }),
  resourceId,
});
const bodyIds = ({ appointmentId, orgId, resourceId }: World) => ({
  'body:id': appointmentId,
  'body:orgId': orgId,
  'body:resourceId': resourceId,
});
const making = { isMaking: true, isKeyed: true, headers: DECIDED };

export const PROBES: readonly Probe[] = [
  { operationId: 'bookAppointment', ids: bodyIds, body: booked, ...making },
  { operationId: 'bookBatch', kind: 'book', ids: bodyIds, body: (ids) => [booked(ids)], ...making },
  {
    operationId: 'bookBatch',
    kind: 'cancel',
    ids: bodyIds,
    body: (ids) => [{ op: 'cancel', ...booked(ids) }],
    ...making,
  },
  {
    ...{ operationId: 'bookBatch', kind: 'atomic', ids: bodyIds, query: { atomic: 'true' }, ...making },
    body: (ids) => [{ op: 'book', ...booked(ids) }],
  },
  { operationId: 'cancelAppointment', ids: all(appointment, org), ...making },
  {
    ...{ operationId: 'confirmAppointment', ...making },
    ids: all(({ heldId }) => ({ 'path:id': heldId }), org),
  },
  { operationId: 'getAppointment', ids: all(appointment, org) },
  { operationId: 'getHistory', ids: all(appointment, org), query: { limit: '1' }, cursor: listed },
  {
    ...{ operationId: 'listAppointments', query: { limit: '1' }, cursor: listed },
    ids: all(org, room, ({ orgId }) => ({ 'query:org': orgId })),
  },
  {
    ...{ operationId: 'getCalendar', ids: all(org, room) },
    cursor: async (_url, { orgId, resourceId, appointmentId }) =>
      calendarCursor({ orgId, resourceId }, appointmentId),
  },
  {
    ...{ operationId: 'listFreeIntervals', ids: all(org, room), cursor: listed },
    query: { ...WINDOW, limit: '1' },
  },
  { operationId: 'listChanges', ids: org },
  { operationId: 'streamChanges', ids: org },
  { operationId: 'listRequests', ids: org, query: { limit: '1' }, cursor: listed },
  { operationId: 'getRequest', ids: ({ requestId }) => ({ 'path:requestId': requestId }) },
  { operationId: 'streamRequest', ids: ({ requestId }) => ({ 'path:requestId': requestId }) },
  {
    ...{ operationId: 'registerEndpoint', ids: ({ orgId }) => ({ 'body:orgId': orgId }), isMaking: true },
    body: ({ 'body:orgId': orgId }) => ({
      url: 'http://127.0.0.1:1/other',
      ...(orgId === undefined ? {} : { orgId }),
    }),
  },
  { operationId: 'listEndpoints', ids: org },
  { operationId: 'getEndpoint', ids: all(endpoint, org) },
  { operationId: 'changeEndpoint', ids: all(endpoint, org), body: () => ({ description: 'changed' }) },
  { operationId: 'deleteEndpoint', ids: all(endpoint, org) },
  { operationId: 'rotateSecret', ids: all(endpoint, org) },
  {
    ...{ operationId: 'rotateSecret', kind: 'callbacks' },
    ids: all(({ orgId }) => ({ 'path:id': callbacksEndpointIdOf(orgId) }), org),
  },
  { operationId: 'pingEndpoint', ids: all(endpoint, org), isMaking: true },
  { operationId: 'recoverDeliveries', ids: all(endpoint, org), query: { since: new Date().toISOString() } },
  { operationId: 'listDeliveries', ids: all(endpoint, org), query: { limit: '1' }, cursor: listed },
  { operationId: 'getDelivery', ids: all(endpoint, delivery, org) },
  { operationId: 'redeliver', ids: all(endpoint, delivery, org) },
];

function probeOf({ operationId }: Operation): Probe {
  const probe = PROBES.find((one) => one.operationId === operationId);
  if (probe === undefined) throw new Error(`${operationId} has no probe`);
  return probe;
}

/** All places where a probe names something. */
export function placesOf(probe: Probe, world: World): string[] {
  const special = [...(probe.cursor ? [CURSOR] : []), ...(probe.isKeyed === true ? [CLIENT_KEY] : [])];
  return [...Object.keys(probe.ids(world)), ...special];
}

export const isOrg = (place: string) => /:org(?:Id)?$/.test(place);

export function withoutOrgs(ids: Ids): Ids {
  return Object.fromEntries(Object.entries(ids).filter(([place]) => !isOrg(place)));
}

export function toCall({ method, path }: Operation, { query, headers, body }: Probe, ids: Ids): Call {
  const at = (place: string) =>
    Object.entries(ids).flatMap(([name, id]) =>
      name.startsWith(`${place}:`) ? [[name.slice(place.length + 1), id] as const] : [],
    );
  const params = new Map(at('path'));
  const search = new URLSearchParams({ ...query, ...Object.fromEntries(at('query')) });
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => params.get(name) ?? '');
  return {
    method,
    path: search.size === 0 ? filled : `${filled}?${search.toString()}`,
    headers: { ...headers, ...Object.fromEntries(at('header')) },
    ...(body === undefined ? {} : { body: body(ids) }),
  };
}
