// Table privileges of the API and the workers: exactly what their statements need. Their role owns no table, so it
// can neither change the schema nor disable the triggers that protect the history.

/** `select … for update` requires the `update` privilege. */
export type TableRight = 'select' | 'insert' | 'update' | 'delete';

/** Lists every table of the schema, so that each new table gets an explicit decision; a test checks this. */
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
