// Connects admission to the server: runs before Express, starts each request in its turn and refuses those
// that cannot be answered in time. Without a backlog it costs a few microseconds, most of them for
// authentication; the guard reuses its result.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../access/access.ts';
import { notePrincipal } from '../access/principal.ts';
import { announcedBytesOf } from '../http/read-body.ts';
import type { OrgQueue } from '@slotline/queue';
import type { ApiMetrics } from '../metrics/metrics.ts';
import { createAdmission, SLICE_UNITS } from './admission.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { ANY_ORG, orgOf, STRANGERS } from './org-of.ts';
import { refuseAtOnce, type RefusalReason } from './refuse-at-once.ts';
import { beginWaiting, endWaiting } from './waiting-requests.ts';

export interface Admitting {
  /** Calls `begin` in the request's turn, or answers the request with its refusal. */
  admit(exchange: { req: IncomingMessage; res: ServerResponse }, begin: () => void): void;
  /** Resolves in the organisation's next turn, for a request that needs more than one slice. */
  turn(orgId: string, units?: number): Promise<void>;
  /** Runs `accept`, which enqueues the submissions: they count as under way until it settles. */
  accepting<T>(submissions: readonly { readonly orgId: string }[], accept: () => Promise<T>): Promise<T>;
  /** Why requests are refused now; empty when they are not. */
  reasons(): readonly RefusalReason[];
  close(): Promise<void>;
}

export interface AdmittingOptions {
  /** See {@link createAdmission}. */
  readonly waitMaxMs: number;
  readonly queue: Pick<OrgQueue<never, never>, 'isNearlyFull' | 'isConnected'>;
  readonly access: Pick<Access, 'authenticate'>;
  /** Without authentication all requests count for one organisation. */
  readonly isOpen: boolean;
  readonly metrics: ApiMetrics;
  readonly stopping: AbortSignal;
}

/**
 * Bytes of a body that count as one unit: reading them costs about as much as a booking. The items of a batch
 * take their own turns, so its body counts for little: the largest one is 16 units.
 */
const UNIT_BYTES = 65_536;
/** Items of a batch that Redis accepts for the cost of a single booking. */
const UNIT_ITEMS = 4;

/** Paths that are never refused. */
const NEVER_REFUSED = new Set(['/healthz', '/readyz']);
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function openAdmission(options: AdmittingOptions): Admitting {
  const { queue, access, isOpen, metrics, stopping } = options;
  const admission = createAdmission({
    waitMaxMs: options.waitMaxMs,
    now: () => performance.now(),
    random: Math.random,
    nextTurn: setImmediate,
    onStart: (waitedMs) => metrics.admissionWait.observe(waitedMs / 1_000),
  });
  metrics.showUnderWay(admission.underWay);
  const loop = watchLoopDelay((delayMs) => metrics.loopDelay.observe(delayMs / 1_000));

  const storeReasonOf = (req: IncomingMessage): RefusalReason | undefined => {
    if (READS.has(req.method ?? '')) return undefined;
    // A keyed write may repeat a decided one, which PostgreSQL can answer without Redis.
    if (!queue.isConnected() && req.headers['idempotency-key'] === undefined) return 'redis-away';
    return queue.isNearlyFull() ? 'memory' : undefined;
  };
  const enter = ({ req, res }: Exchange, arrival: { orgId: string; start: () => void }) => {
    const refuse = (reason: RefusalReason, retryAfterS: number) => {
      endWaiting(req);
      metrics.shed.inc({ reason });
      refuseAtOnce({ req, res }, { reason, retryAfterS, isLast: stopping.aborted });
    };
    const reason = admission.wouldRefuse(arrival.orgId) ? 'busy' : storeReasonOf(req);
    if (reason !== undefined) return refuse(reason, admission.retryAfterS());
    admission.enter({
      ...arrival,
      units: unitsOf(req),
      refuse: (retryAfterS) => refuse('busy', retryAfterS),
    });
  };

  return {
    admit(exchange, begin) {
      loop.wake();
      const { req, res } = exchange;
      beginWaiting(req);
      const start = () => {
        endWaiting(req);
        // A request is dropped when its client disconnected during the wait.
        if (!res.closed) begin();
      };
      // Health checks wait for their turn too, so that a flood of them delays no organisation.
      if (NEVER_REFUSED.has(pathOf(req.url ?? ''))) {
        return admission.enter({ orgId: STRANGERS, units: 1, start, refuse: start });
      }
      enter(exchange, { orgId: isOpen ? ANY_ORG : authenticatedOrgOf(access, req), start });
    },
    turn: (orgId, units = SLICE_UNITS) =>
      new Promise((resolve) => {
        const start = () => resolve();
        admission.enter({ orgId: isOpen ? ANY_ORG : orgId, units, start, refuse: start });
      }),
    accepting: (submissions, accept) => {
      const [first] = submissions;
      const orgId = isOpen || first === undefined ? ANY_ORG : first.orgId;
      return admission.during({ orgId, units: Math.max(1, submissions.length / UNIT_ITEMS) }, accept);
    },
    reasons: () => {
      const reasons: RefusalReason[] = admission.wouldRefuse() ? ['busy'] : [];
      if (queue.isNearlyFull()) reasons.push('memory');
      if (!queue.isConnected()) reasons.push('redis-away');
      return reasons;
    },
    close: async () => loop.stop(),
  };
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Requests with a credential that is invalid, or must be looked up first, share one organisation. */
function authenticatedOrgOf({ authenticate }: Pick<Access, 'authenticate'>, req: IncomingMessage): string {
  try {
    const principal = authenticate(req.headers.authorization);
    notePrincipal(req, principal);
    if (!(principal instanceof Promise)) return orgOf(principal);
    // The guard waits for the result, and answers with its error.
    principal.catch(() => undefined);
  } catch {
    // The guard answers with this error on the routes that need a credential.
  }
  return STRANGERS;
}

/** The units that a request counts in its organisation's FIFO, by its head. */
export function unitsOf(req: Pick<IncomingMessage, 'headers'>): number {
  return Math.max(1, announcedBytesOf(req) / UNIT_BYTES);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
