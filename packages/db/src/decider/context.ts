// What the steps of one decider share.

import type pg from 'pg';

import type { Alarm } from './alarm.ts';
import type { SurrogateKeys } from './surrogate-keys.ts';

/** Where a test can stop a transaction: keys made, before BEGIN; all loaded, under the lock; committed. */
export type Failpoint = 'keyed' | 'loaded' | 'committed';

export interface DeciderContext {
  readonly pool: pg.Pool;
  readonly keys: SurrogateKeys;
  readonly deadlineMs: number;
  readonly onAlarm: (alarm: Alarm) => void;
  readonly failpoint: (point: Failpoint) => Promise<void> | void;
}
