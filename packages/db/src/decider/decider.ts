// The deciding side's handle on PostgreSQL: as many transactions at once as it has lanes, each on its own
// connection. Two deciders on one org at once do no harm: the org's lock lets one in after the other, and
// the second finds the first one's outcomes by primary key.

import type pg from 'pg';

import { PLAN_SETTINGS } from '../plan-settings.ts';
import { openPool } from '../pool.ts';
import type { OrgRequests, Poison, RequestRecord } from '../records.ts';
import type { Alarm } from './alarm.ts';
import type { DeciderContext, Failpoint } from './context.ts';
import { decideGroup } from './decide-group.ts';
import { quarantineRequest } from './quarantine-request.ts';
import { SurrogateKeys } from './surrogate-keys.ts';

export interface DeciderOptions {
  readonly url: string;
  /** Transactions at once, each with a connection; more calls wait. */
  readonly lanes: number;
  readonly applicationName?: string | undefined;
  /** How long a transaction waits for another on one of its orgs, then it fails retryably. Default 2,000. */
  readonly lockTimeoutMs?: number | undefined;
  /** The server stops a statement after this long, its wait for the lock included. Default 5,000. */
  readonly statementTimeoutMs?: number | undefined;
  /** How long a stopped process can hold its orgs' locks, then the server ends its session. Default 5,000. */
  readonly idleInTransactionTimeoutMs?: number | undefined;
  /** How long one transaction may take in all, a silent network included. Default 15,000. */
  readonly deadlineMs?: number | undefined;
  readonly onAlarm?: ((alarm: Alarm) => void) | undefined;
  /** For tests only: awaited at each point of each transaction; what it throws ends the transaction. */
  readonly failpoint?: ((point: Failpoint) => Promise<void> | void) | undefined;
}

export interface Decider {
  /**
   * Decides the requests of one or more orgs in one transaction, or in several if they hold more wishes than
   * `GROUP_REQUESTS_MAX`, and resolves once all is committed: one record for each request, in the order given. A repeated request has its recorded outcome. Throws a
   * `RetryableError` when the same call may succeed later (it may even have been committed), and a
   * `TerminalError` when something in the group can never be stored.
   */
  decide(group: readonly OrgRequests[]): Promise<readonly (readonly RequestRecord[])[]>;
  /** Records outcome `quarantined`, unless the request was decided already: then that outcome comes back. */
  quarantine(poison: Poison): Promise<RequestRecord>;
  /** Waits for the transactions in flight and closes every connection. */
  close(): Promise<void>;
}

/** Connects on first use; a server that is away fails the decision, not this call. */
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
