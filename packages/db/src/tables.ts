// The tables that are read through kysely, as it sees them; what must keep its plan is SQL text. Instants are read
// through `epochMs`, never as the driver's dates.

import type { Instant, Operation } from '@slotline/core';
import type { ColumnType, Generated } from 'kysely';

/** Selected through `epochMs`; never written from here. */
type Timestamp = ColumnType<Instant, never, never>;

interface OrgsTable {
  org_key: Generated<number>;
  org_id: string;
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
  requests: RequestsTable;
  kysely_migration: { name: string };
}
