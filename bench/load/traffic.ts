// An unlimited sequence of bookings: the n-th booking of a shape is always the same, so every system gets the same
// requests, and a round continues where the last one ended. Bookings overlap only in a shape of pairs.

export interface Traffic {
  /** Its orgs' names begin with it, so that no two shapes meet in a slot. */
  readonly name: string;
  readonly orgs: number;
  /** Calendars of each org, taken in turn. */
  readonly resourcesPerOrg: number;
  /** Every second booking overlaps only the one before it: one of the two is booked, in either order. */
  readonly isPaired?: boolean;
}

/** One org, a house with ten rooms. */
export const HOT_ORG: Traffic = { name: 'hot', orgs: 1, resourcesPerOrg: 10 };
/** Every booking another org's than the one before. */
export const THOUSAND_ORGS: Traffic = { name: 'many', orgs: 1_000, resourcesPerOrg: 1 };
/** Enough orgs that most bookings are the first to wait in their org's mailbox. */
export const HUNDRED_THOUSAND_ORGS: Traffic = { name: 'most', orgs: 100_000, resourcesPerOrg: 1 };
/** The hot org when half of its bookings conflict. */
export const HALF_CONFLICTS: Traffic = { name: 'half', orgs: 1, resourcesPerOrg: 10, isPaired: true };

const FIRST_SLOT = Date.UTC(2030, 0, 1);
const SLOT_MS = 600_000;

export interface Slot {
  readonly orgId: string;
  readonly resourceId: string;
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
}

export function slotOf(traffic: Traffic, number: number): Slot {
  if (traffic.isPaired !== true) return inOrder(traffic, number);
  // Pairs are two slots apart, and the second of a pair begins in the middle of the first.
  const { startMs, ...slot } = inOrder(traffic, Math.floor(number / 2));
  const lateMs = startMs - FIRST_SLOT + (number % 2 === 0 ? 0 : SLOT_MS / 2);
  return { ...slot, id: String(number), startMs: startMs + lateMs, endMs: startMs + lateMs + SLOT_MS };
}

/** How many of the bookings numbered `from` to `to - 1` are booked once all are decided. */
export function standingOf({ isPaired }: Traffic, { from, to }: { from: number; to: number }): number {
  return isPaired === true && to > from ? Math.floor((to - 1) / 2) - Math.floor(from / 2) + 1 : to - from;
}

function inOrder({ name, orgs, resourcesPerOrg }: Traffic, number: number): Slot {
  const ofOrg = Math.floor(number / orgs);
  const startMs = FIRST_SLOT + Math.floor(ofOrg / resourcesPerOrg) * SLOT_MS;
  return {
    orgId: `${name}-${number % orgs}`,
    resourceId: `room-${ofOrg % resourcesPerOrg}`,
    id: String(number),
    startMs,
    endMs: startMs + SLOT_MS,
  };
}

/** The body of `POST /api/appointments`, which the references take too. */
export function bodyOf(traffic: Traffic, number: number): string {
  const { orgId, resourceId, id, startMs, endMs } = slotOf(traffic, number);
  const [start, end] = [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
  const noted = '2029-09-28T14:23:12.000Z';
  return JSON.stringify({ id, orgId, resourceId, start, end, createdAt: noted, updatedAt: noted });
}

/** A request id that sorts by its number, as those of the API do by their time. */
export function requestIdOf(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
