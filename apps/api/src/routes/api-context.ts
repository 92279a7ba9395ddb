// The dependencies of all routes: created once by `open-api.ts` and passed to every route.

import type { Database } from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import type { AddressPolicy } from '@slotline/webhook';
import type { BodyBudget } from '../admission/body-budget.ts';
import type { Admitting } from '../admission/open-admission.ts';
import type { TakeWorkTurn } from '../admission/work-turns.ts';
import type { Access } from '../access/access.ts';
import type { ByteBudget } from '../http/byte-budget.ts';
import type { CheckReadiness } from './check-readiness.ts';
import type { HttpSettings } from '../http/create-express.ts';
import type { Queue } from '../intake/accept.ts';
import type { DecidedRecords } from '../intake/decided-records.ts';
import type { Limits } from '../limits/limits.ts';
import type { ApiMetrics } from '../metrics/metrics.ts';
import type { Reading } from '../reading/open-reading.ts';

interface WebhookSettings {
  readonly policy: AddressPolicy;
  /** Encrypts the secrets that sign deliveries; `undefined` stores them in plain text. */
  readonly secretsKey: Uint8Array | undefined;
  /** How long the workers keep the delivery log. */
  readonly keptDays: number;
}

export interface ApiContext extends Reading {
  /** Authenticates requests and tracks how long their credentials are valid. */
  readonly access: Access;
  /** The primary, for reads that must not lag. */
  readonly db: Database;
  readonly queue: Queue;
  readonly records: DecidedRecords;
  readonly checkReadiness: CheckReadiness;
  readonly webhooks: WebhookSettings;
  readonly http: HttpSettings;
  /** `undefined` without limits. */
  readonly limits: Limits | undefined;
  readonly admission: Admitting;
  readonly bodies: BodyBudget;
  /** Bodies of batches are read one after the other: a parsed body is several times as large. */
  readonly takeBatchTurn: TakeWorkTurn;
  readonly answers: ByteBudget;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal;
}
