// Admission as the server uses it: what stands before Express, lets each request begin in its turn and refuses what cannot
// be done in time. Costs a few microseconds while nothing waits, most of them for the credential, which is then known.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../access/access.ts';
import { notePrincipal } from '../access/principal.ts';
import { announcedBytesOf } from '../http/read-body.ts';
import type { Accept, Queue } from '../intake/accept.ts';
import type { ApiMetrics } from '../metrics.ts';
import { createAdmission, SLICE_UNITS } from './admission.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { ANY_ORG, orgOf, STRANGERS } from './org-of.ts';
import { refuseAtOnce, type RefusalReason } from './refuse-at-once.ts';
import { beginWaiting, endWaiting } from './waiting-requests.ts';

export interface Admitting {
  /** Calls `begin` in the request's turn, or answers the request with its refusal. */
  admit(exchange: { req: IncomingMessage; res: ServerResponse }, begin: () => void): void;
  /** Resolves in the next turn of an organisation that has more to do for a request than one slice. */
  turn(orgId: string, units?: number): Promise<void>;
  /** `accept` whose submissions count as under way until Redis has answered. */
  counted(accept: Accept): Accept;
  /** Why requests are refused right now; empty when none are. */
  reasons(): readonly RefusalReason[];
  close(): Promise<void>;
}

export interface AdmittingOptions {
  /** See {@link createAdmission}. */
  readonly waitMaxMs: number;
  readonly queue: Pick<Queue, 'isNearlyFull' | 'isConnected'>;
  readonly access: Pick<Access, 'authenticate'>;
  /** Without credentials all requests are one organisation's. */
  readonly isOpen: boolean;
  readonly metrics: ApiMetrics;
  readonly stopping: AbortSignal;
}

/**
 * Bytes of a body that count as one unit: reading them costs about as much as a booking. The items of a batch take turns
 * for themselves, so its body counts for little: the largest one is 16 units.
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
    // A keyed write may repeat one that was decided, and PostgreSQL can answer that without Redis.
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
        // A client that left while its request waited needs no work.
        if (!res.closed) begin();
      };
      // Health waits for its turn as everything does, so that asking for it without end delays no organisation.
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
    counted: (accept) => (submissions) => {
      const [first] = submissions;
      const orgId = isOpen || first === undefined ? ANY_ORG : first.orgId;
      return admission.during({ orgId, units: Math.max(1, submissions.length / UNIT_ITEMS) }, () =>
        accept(submissions),
      );
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

/** Requests whose credential is invalid, or has to be looked up first, share one place. */
function authenticatedOrgOf({ authenticate }: Pick<Access, 'authenticate'>, req: IncomingMessage): string {
  try {
    const principal = authenticate(req.headers.authorization);
    notePrincipal(req, principal);
    if (!(principal instanceof Promise)) return orgOf(principal);
    // Its guard waits for it, and answers what it fails with.
    principal.catch(() => undefined);
  } catch {
    // Its guard answers that, on the routes that need a credential.
  }
  return STRANGERS;
}

/** What a request counts in its organisation's line, by its head. */
export function unitsOf(req: Pick<IncomingMessage, 'headers'>): number {
  return Math.max(1, announcedBytesOf(req) / UNIT_BYTES);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
