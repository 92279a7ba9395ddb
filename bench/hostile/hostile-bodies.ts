// Bodies of the attacks: valid bookings, as long or as many as the contract allows.

const FIRST_SLOT_MS = Date.UTC(2031, 0, 1);
const SLOT_MS = 600_000;
const NOTED = '2029-09-28T14:23:12.000Z';
/** JSON escapes it with six bytes, so an id of 200 characters takes 1,200. */
const COSTLY_CHARACTER = '\u0001';
const ID_LENGTH = 200;
/** A little under the limit of metadata, with the rest of its JSON. */
const NOTES_LENGTH = 4_080;

export interface HostileBooking {
  readonly id: string;
  readonly resourceId?: string;
  readonly start: string;
  readonly end: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly metadata?: { readonly notes: string };
  readonly callbackUrl?: string;
}

/** A booking of slots of ten minutes; no two slots of a resource overlap. */
export function bookingOf(id: string, { slot, slots = 1 }: { slot: number; slots?: number }): HostileBooking {
  const instant = (at: number) => new Date(FIRST_SLOT_MS + at * SLOT_MS).toISOString();
  return { id, start: instant(slot), end: instant(slot + slots), createdAt: NOTED, updatedAt: NOTED };
}

/** An id of the greatest length, in bytes of JSON too. */
export function longIdOf(number: number): string {
  return String(number).padStart(ID_LENGTH, COSTLY_CHARACTER);
}

/** With as much metadata as a booking may have. */
export function withNotes(booking: HostileBooking): HostileBooking {
  return { ...booking, metadata: { notes: 'n'.repeat(NOTES_LENGTH) } };
}

/** `count` consecutive numbers from the first one, for the items of one batch. */
export function batchOf(
  { from, count }: { from: number; count: number },
  item: (number: number) => object,
): string {
  return JSON.stringify(Array.from({ length: count }, (_, at) => item(from + at)));
}
