// Holds: one confirmed in time becomes booked, a cancelled one cannot be confirmed, any other expires automatically.

import { aBooking, aSlot, kindOf, type Slot } from './book-and-change.ts';
import { memberOf, type Talk, type Told } from './talk.ts';

const WAITING = ['prefer', 'wait=10'] as const;
/** Waiting for a hold to run out takes a place in the run for seconds. */
const EXPIRY_SHARE = 0.04;
const HOLD_SECONDS_MIN = 5;

export async function holdAndConfirm(talk: Talk): Promise<void> {
  const slot = aSlot(talk.room);
  const unknown = await confirm(talk, slot);
  talk.must(unknown.status === 404, 'what is not there cannot be confirmed', unknown);
  if (talk.room.dice.chance(EXPIRY_SHARE)) return expire(talk, slot);
  await hold(talk, slot, 600);
  if (talk.room.dice.chance(0.5)) {
    const confirmed = await confirm(talk, slot);
    talk.must(kindOf(confirmed) === 'confirmed', 'a hold is confirmed', confirmed);
    const again = await confirm(talk, slot);
    talk.must(kindOf(again) === 'ignored-stale', 'what is booked is confirmed already', again);
    return;
  }
  const of = { path: { id: slot.id }, query: { orgId: slot.orgId } };
  await talk.ask('cancelAppointment', { ...of, headers: [WAITING] });
  const refused = await confirm(talk, slot);
  talk.must(refused.status === 409, 'what is cancelled cannot be confirmed', refused);
}

async function hold(talk: Talk, slot: Slot, holdSeconds: number): Promise<Told> {
  const body = { ...aBooking(talk.room, slot), holdSeconds };
  const held = await talk.ask('bookAppointment', { body, headers: [WAITING], canaries: [slot.id] });
  talk.must(held.status === 201, 'a free slot can be held', held);
  return held;
}

function confirm(talk: Talk, { id, orgId }: Slot): Promise<Told> {
  const body = talk.room.dice.chance(0.5) ? {} : undefined;
  return talk.ask('confirmAppointment', { path: { id }, query: { orgId }, body, headers: [WAITING] });
}

async function expire(talk: Talk, slot: Slot): Promise<void> {
  const held = await hold(talk, slot, HOLD_SECONDS_MIN);
  const { orgId, id } = slot;
  const heldAt = await talk.ask('getAppointment', { path: { id }, query: { orgId } });
  talk.must(memberOf(heldAt.body, 'status') === 'held', 'a hold is shown as held', { held, heldAt });
  const history = await talk.ask('getHistory', { path: { id }, query: { orgId } });
  let after = String(memberOf(history.body, 0, 'sequence'));
  for (let tries = 0; tries < 40; tries++) {
    const changes = await talk.ask('listChanges', { query: { orgId, after, wait: '10' } });
    const rows = Array.isArray(changes.body) ? (changes.body as unknown[]) : [];
    if (rows.some((row) => memberOf(row, 'id') === id && memberOf(row, 'status') === 'expired')) return;
    const last = memberOf(rows.at(-1), 'sequence');
    if (typeof last === 'number') after = String(last);
    if (changes.status !== 200) break;
  }
  talk.must(false, 'a hold that is not confirmed expires', { slot });
}
