// State that all steps of one decider share.

import type pg from 'pg';

import type { Alarm } from './alarm.ts';
import type { SurrogateKeys } from './surrogate-keys.ts';

/**
 * Points where a test can stop a transaction: `keyed` before BEGIN, `loaded` under the lock, `committed` after
 * COMMIT.
 */
export type Failpoint = 'keyed' | 'loaded' | 'committed';

export interface DeciderContext {
  readonly pool: pg.Pool;
  readonly keys: SurrogateKeys;
  readonly deadlineMs: number;
  readonly onAlarm: (alarm: Alarm) => void;
  readonly failpoint: (point: Failpoint) => Promise<void> | void;
}
