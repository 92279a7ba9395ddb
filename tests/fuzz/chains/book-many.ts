// Batches: every item gets its own answer in its own place, a refused one leaves nothing; an atomic batch is granted
// or refused as a whole.

import { aBooking, aSlot, kindOf, type Slot } from './book-and-change.ts';
import { memberOf, type Talk, type Told } from './talk.ts';

const WAITING = ['prefer', 'wait=10'] as const;

export async function bookMany(talk: Talk): Promise<void> {
  const { room } = talk;
  const slots = Array.from({ length: room.dice.between(2, 8) }, () => aSlot(room));
  const items: Record<string, unknown>[] = slots.map((slot) => ({ op: 'book', ...aBooking(room, slot) }));
  const bad = room.dice.below(items.length);
  items[bad] = { ...items[bad], start: '2030-02-30 10:00', metadata: { canary: slots[bad]?.id } };
  const key = ['idempotency-key', room.mint()] as const;
  const canaries = slots.map(({ id }) => id);
  const first = await talk.ask('bookBatch', { body: items, headers: [key], canaries });
  const again = await talk.ask('bookBatch', { body: items, headers: [key, WAITING], canaries });
  for (const told of [first, again]) mustAnswerEach(talk, told, { items, bad });
  const ids = (told: Told) => items.map((_, at) => memberOf(told.body, at, 'requestId')).join();
  talk.must(ids(first) === ids(again), 'a batch sent again is the same requests', { first, again });
  talk.must(again.status === 200, 'a batch that was waited for is decided', again);
  await swapPlaces(talk);
}

function mustAnswerEach(
  talk: Talk,
  told: Told,
  { items, bad }: { items: readonly unknown[]; bad: number },
): void {
  const entries = Array.isArray(told.body) ? (told.body as unknown[]) : [];
  talk.must(entries.length === items.length, 'a batch has one answer an item', told);
  const isRight = entries.every((entry, at) => (memberOf(entry, 'status') === 400) === (at === bad));
  talk.must(isRight, 'exactly the bad item of a batch is refused', { bad, told });
}

/** Two appointments of one resource change places, which no two requests could do. */
async function swapPlaces(talk: Talk): Promise<void> {
  const { room } = talk;
  const { orgId, resourceId } = aSlot(room);
  const at = (id: string, hour: number, round: number) => ({
    ...aBooking(room, { orgId, resourceId, id }, round),
    start: `2031-05-05 ${10 + hour}:00`,
    end: `2031-05-05 ${11 + hour}:00`,
  });
  const [one, other] = [room.mint(), room.mint()] as const;
  const send = (body: readonly unknown[], canaries: readonly string[] = []) =>
    talk.ask('bookBatch', { query: { atomic: 'true' }, body, headers: [WAITING], canaries });
  const made = await send([at(one, 0, 1), at(other, 1, 1)]);
  talk.must(kindOf(made) === 'applied', 'an atomic batch is applied', made);
  const swapped = await send([at(one, 1, 2), at(other, 0, 2)]);
  talk.must(kindOf(swapped) === 'applied', 'an atomic batch is judged by its end', swapped);
  const third: Slot = { orgId, resourceId, id: room.mint() };
  const refused = await send([at(third.id, 5, 1), at(room.mint(), 0, 1)]);
  talk.must(refused.status === 409, 'an atomic batch is refused as a whole', refused);
  const read = await talk.ask('getAppointment', { path: { id: third.id }, query: { orgId } });
  talk.must(read.status === 404, 'a refused batch changes nothing', read);
}
