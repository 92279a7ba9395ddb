// Runs deciding transactions, at most one per lane at once, each on its own connection. Two deciders may work on
// one org: the org's lock serialises them, and the second finds the first one's outcomes by primary key.

import type pg from 'pg';

import { PLAN_SETTINGS } from '../sql/plan-settings.ts';
import { openPool } from '../sql/pool.ts';
import type { OrgRequests, Poison, RequestRecord } from '../records/records.ts';
import type { Alarm } from './alarm.ts';
import type { DeciderContext, Failpoint } from './context.ts';
import { decideGroup } from './decide-group.ts';
import { quarantineRequest } from './quarantine-request.ts';
import { SurrogateKeys } from './surrogate-keys.ts';

export interface DeciderOptions {
  readonly url: string;
  /** The most concurrent transactions, each with its own connection; further calls wait. */
  readonly lanes: number;
  readonly applicationName?: string | undefined;
  /** How long a transaction waits for an org's lock before it fails with a retryable error. Default 2,000. */
  readonly lockTimeoutMs?: number | undefined;
  /** The server cancels a longer statement, including its wait for the lock. Default 5,000. */
  readonly statementTimeoutMs?: number | undefined;
  /** How long a stopped process can hold its orgs' locks before the server ends its session. Default 5,000. */
  readonly idleInTransactionTimeoutMs?: number | undefined;
  /** Time limit of one transaction in total, including a network that does not respond. Default 15,000. */
  readonly deadlineMs?: number | undefined;
  readonly onAlarm?: ((alarm: Alarm) => void) | undefined;
  /** Only for tests: awaited at each point of each transaction; an exception ends the transaction. */
  readonly failpoint?: ((point: Failpoint) => Promise<void> | void) | undefined;
}

export interface Decider {
  /**
   * Decides the requests of one or more orgs in one transaction, or in several if they have more wishes than
   * `GROUP_REQUESTS_MAX`. Resolves after everything is committed, with one record per request, in the given order.
   * A repeated request gets its recorded outcome.
   *
   * Throws a `RetryableError` if the same call may succeed later (it may even have been committed), and a
   * `TerminalError` if something in the group can never be stored.
   */
  decide(group: readonly OrgRequests[]): Promise<readonly (readonly RequestRecord[])[]>;
  /** Records the outcome `quarantined`. If the request was already decided, returns that outcome instead. */
  quarantine(poison: Poison): Promise<RequestRecord>;
  /** Waits for transactions in flight, then closes every connection. */
  close(): Promise<void>;
}

/** Connects on first use: if the server is unavailable, the first decision fails, not this call. */
export function openDecider(options: DeciderOptions): Decider {
  const pool = openLanes(options);
  const context: DeciderContext = {
    pool,
    keys: new SurrogateKeys(),
    deadlineMs: options.deadlineMs ?? 15_000,
    onAlarm: options.onAlarm ?? (() => {}),
    failpoint: options.failpoint ?? (() => {}),
  };
  let closing: Promise<void> | undefined;
  return {
    decide: (group) => decideGroup(context, group),
    quarantine: (poison) => quarantineRequest(context, poison),
    close: () => (closing ??= pool.end()),
  };
}

function openLanes(options: DeciderOptions): pg.Pool {
  return openPool({
    url: options.url,
    poolMax: options.lanes,
    applicationName: options.applicationName ?? 'slotline-decider',
    statementTimeoutMs: options.statementTimeoutMs ?? 5_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 2_000,
    idleInTransactionTimeoutMs: options.idleInTransactionTimeoutMs ?? 5_000,
    connectTimeoutMs: options.deadlineMs ?? 15_000,
    settings: PLAN_SETTINGS,
  });
}
