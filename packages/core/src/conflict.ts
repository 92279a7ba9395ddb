// The outcome of a book that overlaps live appointments.

import type { Appointment } from './appointment.ts';
import type { Blocker, WishOutcome } from './outcome.ts';

/** Names the blockers in the order given. */
export function toConflict(blockers: readonly Appointment[]): WishOutcome {
  return { kind: 'conflict', conflictsWith: blockers.map(toBlocker) };
}

function toBlocker({ id, start, end, version }: Appointment): Blocker {
  return { id, start, end, version };
}
