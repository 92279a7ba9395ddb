// The tables as kysely sees them. Instants are read through `epochMs`, never as the driver's dates.

import type { AppointmentStatus, Instant, Operation } from '@slotline/core';
import type { ColumnType, Generated } from 'kysely';

/** Selected through `epochMs` and compared with `atInstant`; never written from here. */
type Timestamp = ColumnType<Instant, never, never>;
type NullableTimestamp = ColumnType<Instant | null, never, never>;

interface OrgsTable {
  org_key: Generated<number>;
  org_id: string;
}

interface ResourcesTable {
  resource_key: Generated<number>;
  org_key: number;
  resource_id: string;
}

interface FactsColumns {
  org_key: number;
  appointment_id: string;
  resource_key: number;
  starts_at: Timestamp;
  ends_at: Timestamp;
  created_at: Timestamp;
  updated_at: Timestamp;
  status: AppointmentStatus;
  held_until: NullableTimestamp;
  version: number;
  /** JSON as text. */
  metadata: string | null;
  recorded_at: Timestamp;
}

interface VersionsTable extends FactsColumns {
  sequence: number;
  request_id: string;
}

interface RequestsTable {
  request_id: string;
  org_key: number;
  operation: Operation | 'unknown';
  appointment_id: string;
  outcome: string;
  version: number | null;
  /** JSON as text. */
  outcome_detail: string | null;
  fingerprint: string | null;
  accepted_at: Timestamp;
  decided_at: Timestamp;
}

export interface Tables {
  orgs: OrgsTable;
  resources: ResourcesTable;
  appointments: FactsColumns;
  appointment_versions: VersionsTable;
  requests: RequestsTable;
  kysely_migration: { name: string };
}
