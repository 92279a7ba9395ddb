// The pure domain of Slotline: the types of bookings and the rules that decide them. Imports nothing.

export {
  ALTERNATIVES_SCANNED_MAX,
  findAlternatives,
  withAlternatives,
  type AlternativesFound,
} from './alternatives.ts';
export { isLive, type Appointment, type AppointmentStatus } from './appointment.ts';
export { BATCH_IDS_BYTES_MAX, boundOutcome, CONFLICT_BYTES_MAX, OUTCOME_BYTES_MAX } from './bound-outcome.ts';
export { blockersToLoad, Calendar } from './calendar.ts';
export { decide, type Decision, type OrgState } from './decide.ts';
export {
  DELIVERY_ATTEMPTS_MAX,
  DISABLE_AFTER_FAILING_MS,
  nextAttemptDelayMs,
  RETRY_AFTER_MAX_MS,
} from './delivery-schedule.ts';
export { freeIntervals, type FreeOptions } from './free-intervals.ts';
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
export { jsonBytesOf } from './json-bytes.ts';
export { neighboursToLoad, type Neighbourhood } from './neighbours.ts';
export {
  CONFLICTS_NAMED_MAX,
  type Alternatives,
  type Blocker,
  type Conflict,
  type OfAppointment,
  type Outcome,
  type OutcomeKind,
  type WishOutcome,
} from './outcome.ts';
export {
  BATCH_WISHES_MAX,
  wishesOf,
  type Batch,
  type BatchRequest,
  type Book,
  type BookRequest,
  type Cancel,
  type CancelRequest,
  type Confirm,
  type ConfirmRequest,
  type Expire,
  type ExpireRequest,
  type Operation,
  type Request,
  type Wish,
} from './request.ts';
