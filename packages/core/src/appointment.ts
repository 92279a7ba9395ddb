// An appointment of one org: its identity inside the org and its facts at one version.

import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

/** `booked` occupies its interval of its resource; `cancelled` occupies nothing and may be revived. */
export type AppointmentStatus = 'booked' | 'cancelled';

/** One numbered snapshot. Versions of an id run 1, 2, 3 … without gaps, and `updatedAt` grows with them. */
export interface Appointment extends Interval {
  readonly id: string;
  readonly resourceId: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly status: AppointmentStatus;
  readonly version: number;
  /** The client's JSON object as text, opaque to the domain; `null` when none was given. */
  readonly metadata: string | null;
}

/** Whether the appointment occupies its interval, and so can block another. */
export function isLive(appointment: Appointment): boolean {
  return appointment.status === 'booked';
}
