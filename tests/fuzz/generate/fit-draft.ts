// What the schemas cannot say, put right by the members' names: intervals end after they start, a query does not
// contradict itself, an atomic batch is about one org. Everything else of the request stays as it was made.

import type { Dice } from './dice.ts';
import type { Draft } from './draft.ts';
import type { Room } from './room.ts';
import { anyInstant, spellInstant } from './timestamps.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const CALLBACK_SHARE = 0.05;
/** Below the service's longest window of free intervals. */
const WINDOW_DAYS_MAX = 60;

export function fitDraft(draft: Draft, room: Room): void {
  fitQuery(draft, room);
  if (Array.isArray(draft.body)) fitItems(draft, room);
  else if (isRecord(draft.body)) fitBody(draft.body, room, draft);
}

function fitBody(body: Record<string, unknown>, { dice }: Room, { operation }: Draft): void {
  fitInterval(body, dice);
  if (!dice.chance(CALLBACK_SHARE)) delete body['callbackUrl'];
  // Operators have the one scope of operators, orgs have the others.
  if ('scopes' in body)
    body['scopes'] = 'orgId' in body ? [dice.pick(['read', 'write', 'webhooks'])] : ['admin'];
  if ('expiresAt' in body) body['expiresAt'] = new Date(Date.now() + HOUR_MS).toISOString();
  // A change of nothing is refused.
  if (operation.method === 'PATCH' && Object.keys(body).length === 0) body['description'] = 'changed';
}

function fitInterval(body: Record<string, unknown>, dice: Dice): void {
  if (!('start' in body) || !('end' in body)) return;
  const start = anyInstant(dice);
  body['start'] = spellInstant(dice, start);
  body['end'] = spellInstant(dice, start + dice.between(1, 48) * 5 * MINUTE_MS);
}

function fitItems(draft: Draft, room: Room): void {
  const items = (draft.body as unknown[]).filter(isRecord);
  const isAtomic = queryOf(draft, 'atomic') === 'true';
  const orgId = room.anyOrg();
  draft.canaries.splice(0);
  for (const item of items) {
    fitBody(item, room, draft);
    // Of a union any member may have been made, so each item gets the mark it is known by once more.
    const canary = room.mint();
    draft.canaries.push(canary);
    item['id'] = canary;
    if (!isAtomic) continue;
    item['orgId'] = orgId;
    delete item['callbackUrl'];
  }
  draft.body = items;
}

function fitQuery(draft: Draft, { dice }: Room): void {
  const has = (name: string) => draft.query.some(([known]) => known === name);
  const drop = (name: string) => (draft.query = draft.query.filter(([known]) => known !== name));
  const set = (name: string, value: string) => {
    if (has(name)) draft.query = draft.query.map(([known, old]) => [known, known === name ? value : old]);
  };
  // Places are given by answers and belong to their query; chains follow them.
  drop('cursor');
  if (has('orgId')) drop('org');
  if (queryOf(draft, 'status') === 'queued') drop('outcome');
  if (queryOf(draft, 'atomic') !== 'true') drop('callbackUrl');
  set('wait', dice.pick(['0', '0', '0', '1']));
  set('after', dice.pick(['0', '1', '5']));
  set('minSequence', dice.pick(['0', '0', '1']));
  set('offset', String(dice.below(20)));
  set('durationMinutes', String(dice.between(1, 600)));
  set('since', new Date(Date.now() - dice.below(HOUR_MS)).toISOString());
  const from = anyInstant(dice);
  set('from', spellInstant(dice, from));
  set('to', spellInstant(dice, from + dice.between(1, WINDOW_DAYS_MAX) * DAY_MS));
}

function queryOf({ query }: Draft, name: string): string | undefined {
  return query.find(([known]) => known === name)?.[1];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
