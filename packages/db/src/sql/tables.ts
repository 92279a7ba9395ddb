// The tables that are read through kysely; statements that need a fixed plan are SQL text instead. Instants are
// read through `epochMs`, never as dates of the driver.

import type { Instant, Operation } from '@slotline/core';
import type { ColumnType, Generated } from 'kysely';

/** Selected through `epochMs`; never written through kysely. */
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
