// PostgreSQL storage: the schema, the reads and the deciding transaction. Only this package writes SQL.

export {
  createKey,
  findKeys,
  KEYS_FOUND_MAX,
  listKeyChanges,
  listKeys,
  markKeysUsed,
  revokeKey,
  type KeyChanges,
  type KeyRecord,
  type KeysQuery,
  type KeyUse,
  type NewKeyRecord,
  type StoredKey,
} from './api-keys.ts';
export {
  findAppointment,
  listAppointments,
  type AppointmentsPage,
  type AppointmentsQuery,
} from './reading/appointments.ts';
export { listChanges, type ChangesPage, type ChangesQuery } from './reading/changes.ts';
export type { StatusFilter } from './reading/current-lists.ts';
export { openDatabase, pingDatabase, type Database, type DatabaseOptions } from './sql/database.ts';
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
} from './sql/failure.ts';
export { grantApplication, type ApplicationGrant } from './schema/grant-application.ts';
export { expiryRequestId, listDueHolds, type DueHold } from './holds.ts';
export { listLiveIntervals, type LiveIntervals, type LiveIntervalsQuery } from './reading/live-intervals.ts';
export { migrateToLatest } from './schema/migrate-to-latest.ts';
export { PAGE_BYTES_MAX } from './sql/page-bytes.ts';
export type {
  AcceptedRequest,
  AppointmentRecord,
  OrgRequests,
  Poison,
  RequestRecord,
  VersionRecord,
} from './records/records.ts';
export {
  findQuarantined,
  listQuarantine,
  retryRequestId,
  type QuarantinedRequest,
  type QuarantinePage,
  type QuarantineQuery,
} from './quarantine.ts';
export {
  listRequests,
  REQUESTS_SCANNED_MAX,
  type RequestsPage,
  type RequestsQuery,
} from './reading/request-lists.ts';
export { findRequests, REQUESTS_FOUND_MAX } from './records/requests.ts';
export { schemaState, type SchemaState } from './schema/schema-state.ts';
export { findSequences } from './reading/sequences.ts';
export type { AppointmentPlace } from './sql/spans.ts';
export { listVersions, type VersionsPage, type VersionsQuery } from './reading/versions.ts';
export {
  changeEndpoint,
  deleteEndpoint,
  rotateSecret,
  type EndpointChange,
} from './webhooks/change-endpoint.ts';
export { claimAttempt, type ClaimedDelivery } from './webhooks/attempts.ts';
export { createDelivery } from './webhooks/create-delivery.ts';
export {
  createEndpoint,
  ensureCallbacksEndpoint,
  ENDPOINTS_PER_ORG_MAX,
  type NewEndpoint,
} from './webhooks/create-endpoint.ts';
export {
  findDelivery,
  listDeliveries,
  type DeliveriesQuery,
  type LoggedDelivery,
} from './webhooks/deliveries.ts';
export { callbacksEndpointIdOf, deliveryIdOf } from './webhooks/delivery-ids.ts';
export type {
  AttemptRecord,
  DecidedFact,
  DeliveryName,
  DeliveryRecord,
  DeliveryStatus,
  NewDelivery,
} from './webhooks/delivery-record.ts';
export type {
  DisabledReason,
  EndpointKind,
  EndpointName,
  EndpointRecord,
} from './webhooks/endpoint-record.ts';
export { findEndpoint, listEndpoints } from './webhooks/endpoints.ts';
export { fanOutCallbacks, type CallbacksFanOut } from './webhooks/fan-out-callbacks.ts';
export { fanOutEndpoints, type EndpointsFanOut, type FanOutStep } from './webhooks/fan-out-endpoints.ts';
export { findDueAgeMs } from './webhooks/find-due-age.ts';
export { finishAttempt, type AttemptResult, type FinishedAttempt } from './webhooks/attempts.ts';
export { pruneDeliveries } from './webhooks/prune-deliveries.ts';
export { recoverDeliveries, redeliver } from './webhooks/redeliver.ts';
export {
  deferDeliveries,
  takeDueDeliveries,
  type Deferral,
  type DuePage,
} from './webhooks/take-due-deliveries.ts';
export { takeDueOfEach, type WalkPlace, type WalkStep } from './webhooks/take-due-of-each.ts';
export type { DueDelivery } from './webhooks/take-due-rows.ts';
