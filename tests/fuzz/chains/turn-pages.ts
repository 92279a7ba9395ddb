// Cursors: followed they lead through everything once; spoilt ones are refused, and never lead into another list.

import { aBooking, type Slot } from './book-and-change.ts';
import { memberOf, nextOf, type Talk } from './talk.ts';

const COUNT = 5;
const PAGES_MAX = 20;

export async function turnPages(talk: Talk): Promise<void> {
  const { room } = talk;
  const slot: Slot = { orgId: room.quietOrg(), resourceId: room.mint(), id: '' };
  const ids = Array.from({ length: COUNT }, () => room.mint());
  const body = ids.map((id, at) => ({
    ...aBooking(room, { ...slot, id }),
    start: `2031-06-06 ${10 + at}:00`,
    end: `2031-06-06 ${11 + at}:00`,
  }));
  const made = await talk.ask('bookBatch', { body, headers: [['prefer', 'wait=10']], canaries: ids });
  talk.must(made.status === 200, 'a batch is decided', made.status);
  for (const [operationId, member] of [
    ['listAppointments', 'id'],
    ['listRequests', 'appointmentId'],
    ['listChanges', 'id'],
  ] as const) {
    const cursor = await follow(talk, { operationId, member, orgId: slot.orgId, ids });
    if (cursor !== undefined) await spoilCursor(talk, { operationId, orgId: slot.orgId, cursor });
  }
}

interface Walk {
  readonly operationId: string;
  readonly member: string;
  readonly orgId: string;
  readonly ids: readonly string[];
}

/** Resolves with a cursor on the way, where the list has cursors. */
async function follow(talk: Talk, { operationId, member, orgId, ids }: Walk): Promise<string | undefined> {
  const seen: unknown[] = [];
  let cursor: string | undefined;
  let told = await talk.ask(operationId, { query: { orgId, limit: '2' } });
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const rows = Array.isArray(told.body) ? (told.body as unknown[]) : [];
    seen.push(...rows.map((row) => memberOf(row, member)));
    const target = nextOf(told);
    // Every page of a change feed has a next link, so the walk ends at the first empty page.
    if (target === undefined || (operationId === 'listChanges' && rows.length === 0)) break;
    cursor ??= new URLSearchParams(target.split('?')[1]).get('cursor') ?? undefined;
    told = await talk.ask(operationId, { target });
  }
  const isWhole = seen.length === ids.length && ids.every((id) => seen.includes(id));
  talk.must(isWhole, 'pages that are followed have everything once', { operationId, seen, ids });
  return cursor;
}

async function spoilCursor(
  talk: Talk,
  { operationId, orgId, cursor }: { operationId: string; orgId: string; cursor: string },
): Promise<void> {
  const { dice } = talk.room;
  const at = dice.below(cursor.length);
  const letter = dice.pick(['A', 'z', '0', '_', '-', '=', '+', '/', '.', ' ', 'é']);
  const spoilt = dice.pick([
    cursor.slice(0, at),
    cursor.slice(0, at) + letter + cursor.slice(at + 1),
    cursor + cursor,
    cursor.split('').reverse().join(''),
    Buffer.from('[["x"]]').toString('base64url'),
    Buffer.from(JSON.stringify({ at: dice.pick([null, 1e308, [], '\u0000']) })).toString('base64url'),
    'x'.repeat(2_049),
  ]);
  const told = await talk.ask(operationId, {
    query: { orgId, limit: '2', cursor: spoilt },
    expectation: 'either',
  });
  const other = await talk.ask(operationId, { query: { orgId: `${orgId}x`, cursor }, expectation: 'either' });
  const others = Array.isArray(other.body) ? other.body.length : 0;
  talk.must(others === 0, 'a cursor leads nowhere in another org', { told, other });
}
