// PostgreSQL remembers: the schema, the reads, and the transaction that decides. Only this package writes SQL.

export { findAppointment, listAppointments, type AppointmentsQuery } from './appointments.ts';
export { openDatabase, pingDatabase, type Database, type DatabaseOptions } from './database.ts';
export { GROUP_REQUESTS_MAX } from './decider/check-requests.ts';
export { openDecider, type Decider, type DeciderOptions } from './decider/decider.ts';
export type { Alarm } from './decider/alarm.ts';
export {
  DatabaseError,
  isRetryable,
  RetryableError,
  TerminalError,
  UnavailableError,
  type Meaning,
} from './failure.ts';
export { migrateToLatest } from './migrate-to-latest.ts';
export type {
  AcceptedRequest,
  AppointmentRecord,
  OrgRequests,
  Poison,
  RequestRecord,
  VersionRecord,
} from './records.ts';
export { findRequests, REQUESTS_FOUND_MAX } from './requests.ts';
export { schemaState, type SchemaState } from './schema-state.ts';
export { listVersions } from './versions.ts';
