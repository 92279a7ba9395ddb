// What the API and the workers may do with each table: what their statements need and nothing more. They own nothing, so
// they can neither change the schema nor switch off the triggers that keep the history as it is.

/** `select … for update` needs the right to update. */
export type TableRight = 'select' | 'insert' | 'update' | 'delete';

/** Every table of the schema, so that a new one is decided on; a test holds that. */
export const APPLICATION_RIGHTS: Readonly<Record<string, readonly TableRight[]>> = {
  orgs: ['select', 'insert', 'update'],
  resources: ['select', 'insert'],
  appointments: ['select', 'insert', 'delete'],
  appointment_versions: ['select', 'insert'],
  requests: ['select', 'insert'],
  quarantine_causes: ['select', 'insert'],
  outbox: ['select', 'insert', 'update', 'delete'],
  endpoints: ['select', 'insert', 'update', 'delete'],
  deliveries: ['select', 'insert', 'update', 'delete'],
  delivery_attempts: ['select', 'insert', 'update', 'delete'],
  api_keys: ['select', 'insert', 'update'],
  api_key_changes: ['select', 'update'],
  kysely_migration: ['select'],
  kysely_migration_lock: [],
};
