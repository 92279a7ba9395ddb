// The end of a run: waits until everything is decided, then holds the stores, the processes and their logs against
// what a run may leave behind.

import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../chaos/cluster.ts';
import { parseBody, type Breach } from './checks/check-answer.ts';
import { findMiscounts, findTraces } from './checks/check-stores.ts';
import type { Ledger } from './checks/ledger.ts';
import { escapeText } from './generate/draft.ts';
import type { Stores } from './checks/read-stores.ts';
import { readServiceFigures } from './service-figures.ts';
import type { Traffic } from './traffic.ts';

/** Everything that was accepted is decided in this time after the last request. */
const SETTLING_MS = 60_000;
/** Streams that were let go are noticed by then. */
const STREAMS_MS = 5_000;
const POLL_MS = 100;
/** A round resumes all that one list shows. */
const RESUME_ROUNDS_MAX = 100;
/** Redis forgets what became of a request after ten minutes; marks are looked for before that. */
const SWEEP_MS = 120_000;
/** pino's number for `error`. */
const ERROR_LEVEL = 50;

/** Resolves with the number of marks found of what was taken; the breaches go into the traffic's findings. */
export async function compareStores(cluster: Cluster, traffic: Traffic, stores: Stores): Promise<number> {
  const { ledger } = traffic;
  report(traffic, findTroubledProcesses(cluster, traffic.world.secrets));
  if (cluster.apps.some((app) => app.hasEnded())) return 0;
  await resumeOrgs(cluster, traffic);
  report(traffic, await findUndecided(ledger, stores, SETTLING_MS));
  const marks = await stores.readTableMarks();
  report(traffic, findTraces(ledger, 'PostgreSQL', marks));
  report(traffic, findTraces(ledger, 'Redis', await stores.readRedisMarks()));
  report(traffic, await findOpenStreams(cluster));
  return [...marks].filter((mark) => !ledger.isRefused(mark)).length;
}

/**
 * Waits up to `forMs` until everything is decided. Returns what is not decided, and what was decided without a request,
 * at the last look: the service continues, and a hold that expires later is in its mailbox again.
 */
export async function findUndecided(
  ledger: Ledger,
  stores: Pick<Stores, 'listMailboxes' | 'readDecided'>,
  forMs: number,
): Promise<Breach[]> {
  let found: Breach[] = [];
  await until(forMs, async () => {
    const [mailboxes, decided] = await Promise.all([stores.listMailboxes(), stores.readDecided()]);
    found = [...findMiscounts(ledger, decided), ...findFull(mailboxes)];
    return found.length === 0;
  });
  return found;
}

function findFull(mailboxes: readonly string[]): Breach[] {
  if (mailboxes.length === 0) return [];
  return [{ check: 'what was accepted is decided', detail: mailboxes.join(' ') }];
}

/** Looks for marks in Redis every so often until `signal` says that the run is over. */
export async function sweepRedis(traffic: Traffic, stores: Stores, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(SWEEP_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    report(traffic, findTraces(traffic.ledger, 'Redis', await stores.readRedisMarks()));
  }
}

/** What a run paused would never be decided. Asked as raw paths: an org may be called `..`, and URLs resolve that. */
async function resumeOrgs(cluster: Cluster, traffic: Traffic): Promise<void> {
  const ask = async (method: string, target: string) => {
    const { headers } = traffic.world.operator;
    const reply = await traffic.exchange({ origin: cluster.adminUrl, method, target, headers });
    return reply.kind === 'answered' ? parseBody(reply.answers[0]) : undefined;
  };
  for (let rounds = 0; rounds < RESUME_ROUNDS_MAX; rounds++) {
    const orgs = (await ask('GET', '/api/admin/orgs?limit=1000')) as { orgId: string; isPaused: boolean }[];
    const paused = orgs.filter(({ isPaused }) => isPaused);
    if (paused.length === 0) return;
    for (const { orgId } of paused) await ask('POST', `/api/admin/orgs/${escapeText(orgId)}/resume`);
  }
  report(traffic, [{ check: 'what was paused can be resumed', detail: 'some orgs stay paused' }]);
}

async function findOpenStreams(cluster: Cluster): Promise<Breach[]> {
  const isOver = async () => {
    const { streams, feedReaders } = await readServiceFigures(cluster.adminUrl);
    return streams === 0 && feedReaders === 0;
  };
  if (await until(STREAMS_MS, isOver)) return [];
  const { streams, feedReaders } = await readServiceFigures(cluster.adminUrl);
  return [
    {
      check: 'streams that were let go are closed',
      detail: `${streams} streams, ${feedReaders} feed readers`,
    },
  ];
}

function findTroubledProcesses(cluster: Cluster, secrets: readonly string[]): Breach[] {
  return cluster.apps.flatMap((app) => {
    const errors = app.lastWords().split('\n').filter(isError);
    const told = secrets.filter((secret) => app.lastWords().includes(secret));
    return [
      ...told.map((secret) => ({ check: 'no secret in the logs', detail: secret })),
      ...(app.hasEnded() ? [{ check: 'no process ends', detail: app.lastWords().slice(-2_000) }] : []),
      ...errors
        .slice(0, 3)
        .map((detail) => ({ check: 'no error in the logs', detail: detail.slice(0, 1_500) })),
    ];
  });
}

/** A line of the log at `error` or above; what is no JSON was written past the logger. */
function isError(line: string): boolean {
  if (line.trim() === '') return false;
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return level === 'error' || level === 'fatal' || (typeof level === 'number' && level >= ERROR_LEVEL);
  } catch {
    return true;
  }
}

function report(traffic: Traffic, breaches: readonly Breach[]): void {
  for (const breach of breaches)
    traffic.report({ ...breach, caseNumber: caseIn(breach.detail), mutations: [] });
}

/** The case of the first mark in the text; marks in the stores show which case they came from. */
function caseIn(detail: string): number {
  return Number(/c4n-(\d+)-/.exec(detail)?.[1] ?? -1);
}

async function until(forMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + forMs;
  while (!(await isSo())) {
    if (performance.now() > end) return false;
    await delay(POLL_MS);
  }
  return true;
}
