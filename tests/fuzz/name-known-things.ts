// Lets a request name something that is there: random ids find nothing, and what finds nothing tests little. The thing
// is made for this case first, so that the case can be run again alone.

import { aBooking, aSlot } from './chains/book-and-change.ts';
import { memberOf, type Talk } from './chains/talk.ts';
import type { Draft } from './generate/draft.ts';

const KNOWN_SHARE = 0.5;

export async function nameKnownThings(talk: Talk, draft: Draft): Promise<void> {
  const { path } = draft.operation;
  if (!talk.room.dice.chance(KNOWN_SHARE)) return;
  if (path.includes('/requests/{requestId}')) await nameRequest(talk, draft);
  if (path.startsWith('/api/appointments/{id}')) await nameAppointment(talk, draft);
  if (path.startsWith('/api/webhooks/{id}')) await nameEndpoint(talk, draft);
  if (path.startsWith('/api/admin/keys/{keyId}')) await nameKey(talk, draft);
}

async function nameRequest(talk: Talk, draft: Draft): Promise<void> {
  const slot = aSlot(talk.room);
  const told = await talk.ask('bookAppointment', { body: aBooking(talk.room, slot), canaries: [slot.id] });
  const requestId = memberOf(told.body, 'requestId');
  if (typeof requestId === 'string') draft.path.set('requestId', requestId);
}

async function nameAppointment(talk: Talk, draft: Draft): Promise<void> {
  const slot = aSlot(talk.room);
  const isHeld = draft.operation.path.endsWith('/confirm') || talk.room.dice.chance(0.2);
  const body = { ...aBooking(talk.room, slot), ...(isHeld ? { holdSeconds: 900 } : {}) };
  await talk.ask('bookAppointment', { body, canaries: [slot.id], headers: [['prefer', 'wait=10']] });
  draft.path.set('id', slot.id);
  nameOrg(draft, slot.orgId);
}

async function nameEndpoint(talk: Talk, draft: Draft): Promise<void> {
  const { room } = talk;
  const orgId = room.quietOrg();
  nameOrg(draft, orgId);
  const canary = room.mint();
  const body = { orgId, url: `${room.receiverUrl}/${canary}`, description: canary };
  const made = await talk.ask('registerEndpoint', { body, canaries: [canary] });
  const id = memberOf(made.body, 'id');
  if (typeof id !== 'string') return;
  draft.path.set('id', room.dice.chance(0.1) ? 'callbacks' : id);
  if (!draft.operation.path.includes('{deliveryId}')) return;
  const pinged = await talk.ask('pingEndpoint', { path: { id }, query: { orgId } });
  const deliveryId = memberOf(pinged.body, 'id');
  if (typeof deliveryId === 'string') draft.path.set('deliveryId', deliveryId);
}

async function nameKey(talk: Talk, draft: Draft): Promise<void> {
  const canary = talk.room.mint();
  const body = { orgId: talk.room.quietOrg(), name: canary, scopes: ['read'] };
  const made = await talk.ask('createKey', { body, canaries: [canary] });
  const keyId = memberOf(made.body, 'keyId');
  if (typeof keyId === 'string') draft.path.set('keyId', keyId);
}

function nameOrg(draft: Draft, orgId: string): void {
  draft.query = [...draft.query.filter(([name]) => name !== 'orgId' && name !== 'org'), ['orgId', orgId]];
}
