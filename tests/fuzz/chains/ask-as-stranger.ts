// Ids of another org are answered exactly like ids that do not exist: the same status, the same words.

import { anyUuid } from '../generate/generate-json.ts';
import { aSlot, book } from './book-and-change.ts';
import { memberOf, type Talk, type Told } from './talk.ts';

export async function askAsStranger(talk: Talk): Promise<void> {
  const { room } = talk;
  const slot = aSlot(room);
  await book(talk, slot, 1, 'created');
  const strange = `${slot.orgId}-stranger`;
  for (const operationId of ['getAppointment', 'getHistory']) {
    const ask = (id: string) => talk.ask(operationId, { path: { id }, query: { orgId: strange } });
    mustBeAlike(talk, await ask(slot.id), await ask(room.mint()));
  }
  const orgId = room.quietOrg();
  const canary = room.mint();
  const body = { orgId, url: `${room.receiverUrl}/${canary}`, description: canary };
  const made = await talk.ask('registerEndpoint', { body, canaries: [canary] });
  const id = String(memberOf(made.body, 'id'));
  for (const operationId of [
    'getEndpoint',
    'deleteEndpoint',
    'pingEndpoint',
    'rotateSecret',
    'listDeliveries',
  ]) {
    const ask = (named: string) => talk.ask(operationId, { path: { id: named }, query: { orgId: strange } });
    mustBeAlike(talk, await ask(id), await ask(anyUuid(room.dice)));
  }
  const changed = await talk.ask('changeEndpoint', {
    path: { id },
    query: { orgId: strange },
    body: { description: 'taken over' },
  });
  talk.must(changed.status === 404, 'the endpoint of another org cannot be changed', changed);
}

function mustBeAlike(talk: Talk, ofOther: Told, ofNobody: Told): void {
  const alike = [ofOther, ofNobody].map(({ status, body }) => JSON.stringify([status, withoutTrace(body)]));
  talk.must(ofOther.status === 404 && alike[0] === alike[1], 'ids of another org are as unknown as any', {
    ofOther,
    ofNobody,
  });
}

function withoutTrace(body: unknown): unknown {
  if (body === null || typeof body !== 'object') return body;
  const { instance: _trace, ...rest } = body as Record<string, unknown>;
  return rest;
}
