// An appointment of one org: its identity within the org and its facts at one version.

import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

/**
 * `booked` and `held` occupy their interval of their resource, `held` only until it is confirmed or expires.
 * `cancelled` and `expired` occupy nothing and may be revived by a later book.
 */
export type AppointmentStatus = 'booked' | 'held' | 'cancelled' | 'expired';

/**
 * One numbered snapshot. Versions of an id run 1, 2, 3 … without gaps. `updatedAt` never decreases: it
 * grows with every change by a client, and stays when a hold is confirmed or expires.
 */
export interface Appointment extends Interval {
  readonly id: string;
  readonly resourceId: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly status: AppointmentStatus;
  /** When the hold may be released; set exactly while `held`. */
  readonly heldUntil: Instant | null;
  readonly version: number;
  /** The client's JSON object as text, opaque to the domain; `null` when none was given. */
  readonly metadata: string | null;
}

/** Whether the appointment occupies its interval, and so can block another. */
export function isLive(appointment: Appointment): boolean {
  return appointment.status === 'booked' || appointment.status === 'held';
}
