// The pure domain of Slotline: what a booking is and how it is decided. Imports nothing.

export { isLive, type Appointment, type AppointmentStatus } from './appointment.ts';
export { blockersToLoad, Calendar } from './calendar.ts';
export { decide, type Decision, type OrgState } from './decide.ts';
export {
  formatInstant,
  INSTANT_MAX,
  INSTANT_MIN,
  parseInstant,
  TIMESTAMP_LENGTH_MAX,
  toInstant,
  type Instant,
} from './instant.ts';
export { overlaps, type Interval } from './interval.ts';
export { CONFLICTS_NAMED_MAX, type Blocker, type Outcome, type OutcomeKind } from './outcome.ts';
export { type BookRequest, type CancelRequest, type Operation, type Request } from './request.ts';
