// The life of one appointment, read back after every step: booked, moved, repeated too late, cancelled, booked again.

import type { Room } from '../generate/room.ts';
import { anyInstant, spellInstant } from '../generate/timestamps.ts';
import { memberOf, nextOf, type Talk, type Told } from './talk.ts';

const MINUTE_MS = 60_000;
const WAITING = ['prefer', 'wait=10'] as const;
const FIRST_UPDATE_MS = Date.UTC(2020, 0, 1);

export interface Slot {
  readonly orgId: string;
  readonly resourceId: string;
  readonly id: string;
}

/** A booking that conflicts with no other: no other booking uses its resource. */
export function aBooking(room: Room, slot: Slot, round = 0): Record<string, unknown> {
  const start = anyInstant(room.dice);
  const updatedAt = spellInstant(room.dice, FIRST_UPDATE_MS + round * MINUTE_MS);
  return {
    ...slot,
    start: spellInstant(room.dice, start),
    end: spellInstant(room.dice, start + room.dice.between(1, 90) * MINUTE_MS),
    createdAt: updatedAt,
    updatedAt,
    metadata: { round },
  };
}

export function aSlot(room: Room): Slot {
  return { orgId: room.anyOrg(), resourceId: room.mint(), id: room.mint() };
}

/** Books and waits; the answer is checked to be the one that is owed. */
export async function book(talk: Talk, slot: Slot, round: number, kind: string): Promise<Told> {
  const body = aBooking(talk.room, slot, round);
  const told = await talk.ask('bookAppointment', { body, headers: [WAITING], canaries: [slot.id] });
  talk.must(kindOf(told) === kind, 'a booking has the outcome it must have', { kind, told });
  return told;
}

export function kindOf({ body }: Told): unknown {
  return memberOf(body, 'outcome', 'kind');
}

export async function bookAndChange(talk: Talk): Promise<void> {
  const { room } = talk;
  const slot = aSlot(room);
  const of = { path: { id: slot.id }, query: { orgId: slot.orgId } };
  await book(talk, slot, 10, 'created');
  await readBack(talk, slot, { version: 1, status: 'booked' });
  await book(talk, slot, 20, 'updated');
  await book(talk, slot, 15, 'ignored-stale');
  await readBack(talk, slot, { version: 2, status: 'booked' });
  const cancelled = await talk.ask('cancelAppointment', { ...of, headers: [WAITING] });
  talk.must(kindOf(cancelled) === 'cancelled', 'a cancellation has the outcome it must have', cancelled);
  await readBack(talk, slot, { version: 3, status: 'cancelled' });
  // Cancelled without an updatedAt, it was now: only what is newer brings it back.
  await book(talk, slot, 30, 'ignored-stale');
  const revival = { ...aBooking(room, slot), updatedAt: new Date(Date.now() + MINUTE_MS).toISOString() };
  const revived = await talk.ask('bookAppointment', { body: revival, headers: [WAITING] });
  talk.must(revived.status < 300, 'what was cancelled can be booked again', revived);
  await readHistory(talk, slot, 4);
}

async function readBack(
  talk: Talk,
  slot: Slot,
  { version, status }: { version: number; status: string },
): Promise<void> {
  const of = { path: { id: slot.id }, query: { orgId: slot.orgId } };
  const told = await talk.ask('getAppointment', of);
  const isRight = memberOf(told.body, 'version') === version && memberOf(told.body, 'status') === status;
  talk.must(isRight, 'an appointment is read as it was decided', { version, status, told });
  const again = await talk.ask('getAppointment', {
    ...of,
    headers: [['if-none-match', told.headers['etag'] ?? '']],
  });
  talk.must(again.status === 304, 'what has not changed is a 304', again);
  const query = { orgId: slot.orgId, resourceId: slot.resourceId, status: 'all' };
  const list = await talk.ask('listAppointments', { query });
  talk.must(memberOf(list.body, 0, 'id') === slot.id, 'a list has what was decided', list);
}

async function readHistory(talk: Talk, slot: Slot, versions: number): Promise<void> {
  const query = { orgId: slot.orgId, limit: '3' };
  const first = await talk.ask('getHistory', { path: { id: slot.id }, query });
  const target = nextOf(first);
  const second = target === undefined ? undefined : await talk.ask('getHistory', { target });
  const rows = [first, second].flatMap((told) => (Array.isArray(told?.body) ? (told.body as unknown[]) : []));
  const numbers = rows.map((row) => memberOf(row, 'version'));
  const isDense = numbers.length === versions && numbers.every((number, at) => number === at + 1);
  talk.must(isDense, 'a history has every version once, in order', numbers);
  const sequence = Number(memberOf(rows[0], 'sequence'));
  const changes = await talk.ask('listChanges', {
    query: { orgId: slot.orgId, after: String(sequence - 1), limit: '1', minSequence: String(sequence) },
  });
  talk.must(memberOf(changes.body, 0, 'id') === slot.id, 'the feed has a version at its sequence', {
    sequence,
    changes,
  });
}
