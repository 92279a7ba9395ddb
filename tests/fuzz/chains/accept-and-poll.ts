// What was accepted is never unknown, comes to one outcome, and keeps it, however it is asked for.

import { aBooking, aSlot, kindOf } from './book-and-change.ts';
import { memberOf, type Talk } from './talk.ts';

export async function acceptAndPoll(talk: Talk): Promise<void> {
  const { room } = talk;
  const slot = aSlot(room);
  const accepted = await talk.ask('bookAppointment', { body: aBooking(room, slot), canaries: [slot.id] });
  const requestId = String(memberOf(accepted.body, 'requestId'));
  talk.must(accepted.status === 202, 'a booking is accepted', accepted);
  talk.must(
    accepted.headers['location'] === `/api/requests/${requestId}`,
    'a 202 says where its outcome will be',
    accepted,
  );
  talk.must(accepted.headers['retry-after'] !== undefined, 'a 202 says when to ask', accepted);
  const path = { requestId };
  const first = await talk.ask('getRequest', { path });
  talk.must(first.status === 200, 'what was accepted is never unknown', first);
  const query: Record<string, string> = room.dice.chance(0.5) ? { wait: '10' } : {};
  const headers = 'wait' in query ? [] : [['prefer', 'wait=10'] as const];
  const decided = await talk.ask('getRequest', { path, query, headers });
  talk.must(kindOf(decided) === 'created', 'what was accepted is decided', decided);
  const again = await talk.ask('getRequest', { path: { requestId: requestId.toUpperCase() } });
  talk.must(JSON.stringify(again.body) === JSON.stringify(decided.body), 'an outcome never changes', {
    decided,
    again,
  });
  await talk.ask('streamRequest', { path });
  const over = await talk.ask('streamRequest', { path, headers: [['last-event-id', 'decided']] });
  talk.must(over.status === 204, 'a stream that has ended says so', over);
  const listed = await talk.ask('listRequests', {
    query: { orgId: slot.orgId, limit: '1000', status: 'completed' },
  });
  const ids = Array.isArray(listed.body)
    ? (listed.body as unknown[]).map((row) => memberOf(row, 'requestId'))
    : [];
  talk.must(ids.includes(requestId), 'a decided request is listed', { requestId, count: ids.length });
}
