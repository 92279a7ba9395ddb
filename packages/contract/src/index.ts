// The wire formats: schemas of requests, responses and jobs, and the OpenAPI documents generated from them.

export {
  ORG_SCOPES,
  ROUTE_SCOPES,
  SCOPES,
  type OrgScope,
  type Route,
  type RouteScope,
  type Scope,
} from './access.ts';
export {
  ORG_WEIGHT_MAX,
  orgsQuery,
  orgWeight,
  quarantineQuery,
  type OrgResource,
  type QuarantinedResource,
} from './admin-resource.ts';
export {
  isKeyId,
  KEY_NAME_LENGTH_MAX,
  keysQuery,
  newApiKey,
  newKey,
  parseApiKey,
  type KeyCredential,
  type KeyResource,
  type NewKey,
} from './api-key.ts';
export {
  appointmentResource,
  type AppointmentResource,
  type FreeIntervalResource,
  type VersionResource,
} from './appointment-resource.ts';
export { batchQuery, readAtomicItem, toAtomicBatch, type AtomicBatch } from './atomic-batch.ts';
export {
  BATCH_ITEMS_MAX,
  bookItem,
  booking,
  CALLBACK_URL_LENGTH_MAX,
  callbackUrl,
  cancelItem,
  cancellationQuery,
  confirmBody,
  confirmQuery,
  HOLD_SECONDS_MAX,
  HOLD_SECONDS_MIN,
  type Booking,
  type Cancellation,
  type Confirmation,
} from './booking.ts';
export {
  boundErrors,
  NAMED_FIELD_LENGTH_MAX,
  toPointer,
  type FieldError,
  type FieldErrors,
} from './field-error.ts';
export { IDEMPOTENCY_KEY_LENGTH_MAX, parseIdempotencyKey } from './idempotency-key.ts';
export {
  APPOINTMENT_ID_LENGTH_MAX,
  appointmentIdText,
  DEFAULT_NAME,
  ORG_ID_LENGTH_MAX,
  orgId,
  requestId,
  resourceId,
} from './identifiers.ts';
export {
  appointmentIdOf,
  JOB_VERSIONS,
  readJob,
  summarizeJob,
  writeJob,
  type Job,
  type JobSummary,
  type JobText,
} from './job.ts';
export { adminOpenApiDocument, API_VERSION, openApiDocument, type OpenApiDocument } from './openapi.ts';
export { MEMBERS_MAX, parseBatchItem, parseWith, type BatchItem, type Parsed } from './parse.ts';
export { parsePreferredWait } from './prefer.ts';
export {
  presentOrg,
  presentQuarantined,
  type OrgFacts,
  type QuarantinedFacts,
} from './present/present-admin.ts';
export {
  adminKeyPath,
  adminRequestPath,
  appointmentPath,
  deliveriesPath,
  deliveryPath,
  requestPath,
  webhookPath,
} from './present/paths.ts';
export {
  presentAppointment,
  presentVersion,
  type AppointmentFacts,
  type VersionFacts,
} from './present/present-appointment.ts';
export {
  describeConflict,
  describeRefusal,
  presentObstacles,
  presentOutcome,
} from './present/present-outcome.ts';
export { presentKey, type KeyFacts } from './present/present-key.ts';
export {
  presentDecidedRequest,
  presentQueuedRequest,
  type DecidedFacts,
  type QueuedFacts,
} from './present/present-request.ts';
export {
  endpointNameOf,
  presentDelivery,
  presentEndpoint,
  presentLoggedDelivery,
} from './present/present-webhook.ts';
export { PROBLEM_TYPE_PREFIX, PROBLEMS, type Problem, type ProblemCode } from './problem.ts';
export {
  AVAILABILITY_DAYS_MAX,
  availabilityQuery,
  calendarQuery,
  changesQuery,
  changesStreamQuery,
  CURSOR_LENGTH_MAX,
  historyQuery,
  itemQuery,
  lastRequestEvent,
  lastSequence,
  LIST_LIMIT_DEFAULT,
  LIST_LIMIT_MAX,
  LIST_OFFSET_MAX,
  listQuery,
  noQuery,
  requestQuery,
  requestsQuery,
  WAIT_SECONDS_MAX,
} from './reading-queries.ts';
export { type OutcomeResource, type RequestResource, type ShortProblem } from './request-resource.ts';
export { parseWebhookId, webhookIdOf } from './webhook-id.ts';
export {
  CALLBACKS_ENDPOINT,
  deliveriesQuery,
  endpointChange,
  endpointQuery,
  newEndpoint,
  recoverQuery,
  SECRET_OVERLAP_HOURS,
  WEBHOOK_EVENTS,
} from './webhook-resource.ts';
