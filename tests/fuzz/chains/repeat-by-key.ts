// Idempotency keys: the same request again is the same request, at once or later; another body is refused and leaves
// nothing behind.

import { aBooking, aSlot } from './book-and-change.ts';
import { memberOf, type Talk } from './talk.ts';

export async function repeatByKey(talk: Talk): Promise<void> {
  const { room } = talk;
  const slot = aSlot(room);
  const key = ['idempotency-key', room.mint()] as const;
  const body = aBooking(room, slot);
  const send = (headers: readonly (readonly [string, string])[] = []) =>
    talk.ask('bookAppointment', { body, headers: [key, ...headers] });
  const together = await Promise.all(Array.from({ length: room.dice.between(1, 4) }, () => send()));
  const later = [await send(), await send([['prefer', 'wait=10']]), await send()];
  const ids = new Set([...together, ...later].map((told) => memberOf(told.body, 'requestId')));
  talk.must(ids.size === 1 && !ids.has(undefined), 'the same key and body is one request', [...ids]);
  const isMarked = later.every((told) => told.headers['idempotent-replayed'] === 'true');
  talk.must(isMarked, 'a replay says that it is one', later);
  const canary = room.mint();
  const other = await talk.ask('bookAppointment', {
    body: { ...body, id: canary, metadata: { canary } },
    headers: [key],
    canaries: [canary],
  });
  talk.must(other.status === 422, 'the same key with another body is refused', other);
}
